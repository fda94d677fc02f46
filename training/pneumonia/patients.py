"""Whose X-ray a file is, told by its name."""

from __future__ import annotations

import re
from pathlib import Path

_PNEUMONIA = re.compile(r"person(\d+)_(bacteria|virus)_")
_NORMAL = re.compile(r"(NORMAL\d*-)?IM-(\d+)-")


def patient_of(path: Path) -> str:
    """The patient of a file of Kermany et al. 2018: (bacteria or virus, number), or (prefix, IM number).

    A file named otherwise stands for itself, so that other folders of X-rays can be used too.
    """
    if match := _PNEUMONIA.match(path.name):
        return f"{match[2]}-{int(match[1])}"
    if match := _NORMAL.match(path.name):
        return f"{match[1] or ''}IM-{int(match[2])}"
    return f"{path.parent.name}/{path.name}"
