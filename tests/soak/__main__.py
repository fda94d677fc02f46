"""``python -m tests.soak --hours 24``: a day's mixed use of bot and API, sped up, and what of it they still hold.

Prints a line an hour and the growth as JSON. Exit status 1 where memory grew by over 10 MB, or handles, threads,
processes or files at all, from the second quarter of the hours to the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.soak.day import PERSONS, Left, live_through
from tests.soak.usage import growth

MOST_MEMORY = 10.0
"""Megabytes: what allocators keep in hand goes up and down by some."""
_SPARE = 3
"""Handles, threads or processes of something that is under way as they are counted."""


def main() -> int:
    """Live through the hours; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        left = asyncio.run(live_through(Path(folder), options.hours))
    for hour, end in enumerate(left, 1):
        print(hour, json.dumps({name: asdict(usage) for name, usage in end.processes.items()}), end.files)
    grown = growths(left)
    summary = {"hours": options.hours, "persons": options.hours * PERSONS, "growth": grown}
    print(json.dumps(summary | {"seconds": round(time.monotonic() - begun)}, indent=2))
    return int(not is_steady(grown))


def growths(left: Sequence[Left]) -> dict[str, Any]:
    """By how much each process, and the number of files, grew."""
    quarter = max(1, len(left) // 4)
    found: dict[str, Any] = {name: asdict(growth([end.processes[name] for end in left])) for name in left[0].processes}
    return found | {"files": left[-1].files - left[quarter].files}


def is_steady(grown: dict[str, Any]) -> bool:
    """Whether nothing stays behind."""
    return grown["files"] <= 0 and all(
        held["memory"] <= MOST_MEMORY and max(held["handles"], held["threads"], held["processes"]) <= _SPARE
        for name, held in grown.items()
        if name != "files"
    )


if __name__ == "__main__":
    sys.exit(main())
