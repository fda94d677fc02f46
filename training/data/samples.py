"""A folder per class becomes a list of labelled, grouped samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".heif", ".dcm"})


class DataError(Exception):
    """The pictures on disk cannot be used as asked; the message says what to change. Commands exit with status 2."""


@dataclass(frozen=True)
class Sample:
    """One picture file. ``label`` is the index of its class; ``group`` names what must stay on one side of a split
    (a patient, a lesion, a set of lookalikes)."""

    path: Path
    label: int
    group: str


def list_samples(root: Path, classes: Sequence[str], group_of: Callable[[Path], str]) -> list[Sample]:
    """Every picture of ``root``'s folders named after ``classes`` (case ignored), in a stable order.

    Raises ``DataError`` for a missing folder, a class without pictures, or a class that is all one group.
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. Set data.root to the folder that holds {' and '.join(classes)}.")
    folders = {folder.name.casefold(): folder for folder in sorted(root.iterdir()) if folder.is_dir()}
    samples: list[Sample] = []
    for label, name in enumerate(classes):
        folder = folders.get(name.casefold())
        if folder is None:
            found = ", ".join(sorted(folder.name for folder in folders.values())) or "none"
            raise DataError(f"{root}: no folder {name!r}. One folder per class is expected; found: {found}.")
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        if not paths:
            raise DataError(f"{folder}: class {name!r} has no pictures.")
        members = [Sample(path, label, group_of(path)) for path in paths]
        if len({sample.group for sample in members}) < 2:
            raise DataError(
                f"{folder}: all pictures of class {name!r} are of one patient ({members[0].group}); "
                "training and evaluation need different ones."
            )
        samples.extend(members)
    return samples
