"""Which pictures show the same lesion, told by the table that lies beside the class folders."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = "metadata.csv"


def lesion_of(path: Path) -> str:
    """The ``lesion_id`` of the picture's row in ``metadata.csv``, whose ``image_id`` is the file's name.

    A picture that is not listed stands for itself, and so does each where there is no table.
    """
    known = _lesions(path.parent.parent / TABLE)
    return known.get(path.stem, f"{path.parent.name.casefold()}/{path.name}")


@cache
def _lesions(table: Path) -> dict[str, str]:
    if not table.is_file():
        return {}
    with table.open(encoding="utf-8", newline="") as rows:
        return {row["image_id"]: row["lesion_id"] for row in csv.DictReader(rows)}
