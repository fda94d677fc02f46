"""Where each picture of an archive belongs, so that the training configurations find a folder per class."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from training.data import DataError
from training.data.samples import SUFFIXES

HAM10000_CLASSES = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
PAD_CLASSES = ("ACK", "BCC", "MEL", "NEV", "SCC", "SEK")

Place = Callable[[str, PurePosixPath], PurePosixPath | None]
"""From an archive's name without suffix and a member's path to the path in the set's folder; None: left out."""


@dataclass(frozen=True)
class Layout:
    """``expected`` are pictures that must all have been found; ``tables`` are downloads copied as they are."""

    place: Place
    expected: frozenset[PurePosixPath] = frozenset()
    tables: Mapping[str, Path] = field(default_factory=dict)


def isic_udacity(_: Path) -> Layout:
    """``train|valid|test / malignant/melanoma`` and ``benign/nevus``, ``benign/seborrheic_keratosis``."""
    verdict = {"melanoma": "malignant", "nevus": "benign", "seborrheic_keratosis": "benign"}

    def place(archive: str, member: PurePosixPath) -> PurePosixPath | None:
        kind = member.parent.name
        return PurePosixPath(archive, verdict[kind], kind, member.name) if kind in verdict else None

    return Layout(place)


def ham10000(downloads: Path) -> Layout:
    """A folder per ``dx``, and ``metadata.csv`` with ``lesion_id``."""
    table = downloads / "HAM10000_metadata.csv"
    rows = _rows(table, "image_id", "dx", "lesion_id")
    return _by_table({f"{row['image_id']}.jpg": row["dx"] for row in rows}, HAM10000_CLASSES, table)


def pad_ufes_20(downloads: Path) -> Layout:
    """A folder per diagnosis, and ``metadata.csv`` with ``patient_id`` and ``lesion_id``."""
    table = downloads / "metadata.csv"
    rows = _rows(table, "img_id", "diagnostic", "patient_id", "lesion_id")
    return _by_table({row["img_id"]: row["diagnostic"] for row in rows}, PAD_CLASSES, table)


def isic2017(downloads: Path) -> Layout:
    """``train/melanoma`` and ``train/not_melanoma``; the superpixels in the archive are left out."""
    rows = _rows(downloads / "ISIC-2017_Training_Part3_GroundTruth.csv", "image_id", "melanoma")
    folders = {"1.0": "train/melanoma", "0.0": "train/not_melanoma"}
    named = {f"{row['image_id']}.jpg": folders.get(row["melanoma"], row["melanoma"]) for row in rows}
    return _by_table(named, tuple(folders.values()))


def chest_xray(_: Path) -> Layout:
    """``train`` and ``test`` with ``NORMAL`` and ``PNEUMONIA``, as in the archive."""
    return Layout(_kept({"train", "test"}, {"NORMAL", "PNEUMONIA"}))


def dermnet(_: Path) -> Layout:
    """``train`` and ``test`` with a folder per class, as in the archive."""
    return Layout(_kept({"train", "test"}))


def is_picture(member: PurePosixPath) -> bool:
    """Whether a member of an archive is a picture, and no shadow that macOS packs beside each file."""
    shadow = "__MACOSX" in member.parts or member.name.startswith(".")
    return member.suffix.lower() in SUFFIXES and not shadow


def _kept(parts: set[str], classes: set[str] | None = None) -> Place:
    """Members ``.../PART/CLASS/NAME`` stay ``PART/CLASS/NAME``."""

    def place(_: str, member: PurePosixPath) -> PurePosixPath | None:
        tail = PurePosixPath(*member.parts[-3:])
        right = len(tail.parts) == 3 and tail.parts[0] in parts
        return tail if right and (classes is None or tail.parts[1] in classes) else None

    return place


def _by_table(folder_of: dict[str, str], folders: tuple[str, ...], table: Path | None = None) -> Layout:
    """Pictures go where ``folder_of`` says by their name. Raises ``DataError`` for folders other than ``folders``."""
    if unknown := set(folder_of.values()) - set(folders):
        raise DataError(f"The table knows a class {min(unknown)!r} and should know {', '.join(folders)} only.")

    def place(_: str, member: PurePosixPath) -> PurePosixPath | None:
        folder = folder_of.get(member.name)
        return PurePosixPath(folder, member.name) if folder else None

    expected = frozenset(PurePosixPath(folder, name) for name, folder in folder_of.items())
    return Layout(place, expected, {"metadata.csv": table} if table else {})


def _rows(table: Path, *columns: str) -> list[dict[str, str]]:
    """The rows of a CSV file that must have ``columns``. Raises ``DataError``."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = set(columns) - set(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise DataError(
            f"{table}: cannot be read as a table ({problem}). Remove it and run the command again."
        ) from None
    if missing or not rows:
        lack = f"no column {min(missing)!r}" if missing else "no rows"
        raise DataError(f"{table}: {lack}; it is not the table it should be. Remove it and run the command again.")
    return rows
