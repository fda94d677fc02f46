"""Which pictures of the benign/malignant set show the same lesion.

The set gives no lesion numbers, but 1,880 of its pictures are HAM10000's, stretched to squares, and that set gives
them. ``lesions.csv`` lists the 180 lesions that are shown more than once; they were found by comparing the pictures of
both sets at 12 x 12 pixels (correlation above .998; the best match of any other picture is below .99).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from training.data import DataError

TABLE = Path(__file__).parent / "lesions.csv"


def lesion_of(path: Path) -> str:
    """The number of the lesion in HAM10000, or of a picture not listed its class folder and file name."""
    picture = f"{path.parent.name.casefold()}/{path.name}"
    return _lesions().get(picture, picture)


def ham10000_lesion(path: Path) -> str:
    """The number of the lesion in HAM10000's table, ``metadata.csv`` beside the class folders.

    Raises ``DataError`` when the table is missing or does not list the picture: what shows the same lesion could then
    not be kept on one side of a split.
    """
    table = path.parent.parent / "metadata.csv"
    lesion = _ham10000(table).get(path.stem)
    if lesion is None:
        raise DataError(f"{table} does not list {path.stem}, so nobody knows which lesion it shows.")
    return lesion


def picture_name(path: Path) -> str:
    """The file's name: for sets that number no lesions."""
    return path.name


def pad_ufes_patient(path: Path) -> str:
    """The patient of a picture of PAD-UFES-20, which is named ``PAT_<patient>_<lesion>_<number>.png``."""
    return "_".join(path.stem.split("_")[:2])


@cache
def _ham10000(table: Path) -> dict[str, str]:
    if not table.is_file():
        raise DataError(f"{table}: no such file. It is HAM10000's table of pictures, with image_id and lesion_id.")
    with table.open(encoding="utf-8", newline="") as rows:
        return {row["image_id"]: row["lesion_id"] for row in csv.DictReader(rows)}


@cache
def _lesions() -> dict[str, str]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return {row["picture"]: row["lesion"] for row in csv.DictReader(table)}
