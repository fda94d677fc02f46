"""What a process and those that it started hold."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

_PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """``memory`` resident, in MB; open ``handles``; ``threads``; ``processes`` that it started and still has."""

    memory: float
    handles: float
    threads: float
    processes: float


def usage_of(number: int) -> Usage:
    """What the process ``number`` and its children hold together. Linux only."""
    family = {number, *children_of(number)}
    return Usage(
        memory=round(sum(_status(one, "VmRSS") for one in family) / 1024, 1),
        handles=sum(len(list((_PROCESSES / f"{one}/fd").iterdir())) for one in family),
        threads=sum(_status(one, "Threads") for one in family),
        processes=len(family) - 1,
    )


def children_of(number: int) -> list[int]:
    """The processes that the process ``number`` has started. Each belongs to the thread that started it. Linux only."""
    threads = (_PROCESSES / f"{number}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def growth(hours: Sequence[Usage]) -> Usage:
    """From the second quarter of ``hours`` to the last, in medians: at first everything is used for the first time."""
    quarter = max(1, len(hours) // 4)
    early, late = hours[quarter : 2 * quarter], hours[-quarter:]
    return Usage(*(round(_median(late, name) - _median(early, name), 1) for name in _NAMES))


def _median(hours: Sequence[Usage], name: str) -> float:
    return statistics.median(getattr(hour, name) for hour in hours)


def _status(number: int, name: str) -> int:
    lines = (_PROCESSES / f"{number}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


_NAMES = tuple(field.name for field in fields(Usage))
