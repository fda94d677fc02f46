"""Whose X-ray a file is, told by its name."""

from __future__ import annotations

import re
from pathlib import Path

_PNEUMONIA = re.compile(r"person(\d+)_(bacteria|virus)_")
_NIH = re.compile(r"(\d{8})_\d{3}")
_NORMAL = re.compile(r"(NORMAL\d*-)?IM-(\d+)-")


def patient_of(path: Path) -> str:
    """The patient of a file of Kermany et al. 2018: (bacteria or virus, number), or (prefix, IM number).

    The patient of a file of NIH ChestX-ray14 is the number it starts with. A file named otherwise stands for itself, so
    that other folders of X-rays can be used too.
    """
    if match := _PNEUMONIA.match(path.name):
        return f"{match[2]}-{int(match[1])}"
    if match := _NORMAL.match(path.name):
        return f"{match[1] or ''}IM-{int(match[2])}"
    if match := _NIH.match(path.name):
        return f"NIH-{match[1]}"
    return f"{path.parent.name}/{path.name}"
