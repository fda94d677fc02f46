"""What processes take of the machine, read from /proc (Linux, proc(5))."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.folders import CannotMeasure

PROC = Path("/proc")


def resident_mib(pid: int) -> float:
    """Resident memory of one process in MiB; 0 once it has ended."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def proportional_mib(pid: int) -> float:
    """Resident memory of one process in MiB, of which a page that several share counts for each in part, so that sums
    are right; 0 once it has ended."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 2**10 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def cpu_seconds(pid: int) -> float:
    """Seconds that a process and its children that have ended spent computing, in user and in kernel mode; 0 once it
    has ended itself."""
    # utime, stime, cutime and cstime.
    return sum(map(int, _fields(pid)[11:15])) / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """The processes that ``pid`` started, and those that they started."""
    parents = {int(entry.name): _fields(int(entry.name)) for entry in PROC.glob("[0-9]*")}
    found, ahead = [], [pid]
    while ahead:
        above = ahead.pop()
        children = [child for child, fields in parents.items() if fields and int(fields[1]) == above]
        found += children
        ahead += children
    return found


def require_proc() -> None:
    """Raises ``CannotMeasure`` where there is no /proc."""
    if not (PROC / "self" / "statm").is_file():
        raise CannotMeasure("processor time and memory of processes are read from /proc, which is only on Linux")


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold spaces; none once the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
