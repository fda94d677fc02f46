from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.__main__ import growths, is_steady
from tests.soak.day import Left, live_through
from tests.soak.usage import Usage, growth, usage_of
from tests.waiting import wait_until

linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells what a process holds")


def hours(memory: float = 0, handles: float = 0, files: float = 0) -> list[Left]:
    """A day of a process that warms up for four hours and then grows by so much an hour."""
    warm = [200 + 20 * min(hour, 4) for hour in range(24)]
    return [
        Left({"bot": Usage(warm[hour] + hour * memory, 40 + hour * handles, 18, 2)}, int(11 + hour * files))
        for hour in range(24)
    ]


def test_what_is_used_for_the_first_time_is_no_growth() -> None:
    grown = growths(hours())
    assert grown == {"bot": {"memory": 0, "handles": 0, "threads": 0, "processes": 0}, "files": 0}
    assert is_steady(grown)


@pytest.mark.parametrize("left", [hours(memory=1), hours(handles=0.5), hours(files=0.2)])
def test_what_grows_by_a_little_an_hour_is_found(left: list[Left]) -> None:
    assert not is_steady(growths(left))


def test_growth_is_from_the_second_quarter_to_the_last() -> None:
    told = [Usage(memory, 1, 1, 0) for memory in (0, 90, 100, 100, 110, 120, 130, 140)]
    assert growth(told).memory == 135 - 100


@linux
def test_what_a_process_holds_is_counted_with_what_it_started() -> None:
    before = usage_of(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: usage_of(os.getpid()).memory > before.memory)
        after = usage_of(os.getpid())
    finally:
        child.communicate()
    assert after.processes == before.processes + 1
    assert after.threads >= before.threads + 1


@linux
@pytest.mark.timeout(600)
async def test_an_hour_is_lived_through(tmp_path: Path) -> None:
    (end,) = await live_through(tmp_path, 1)
    assert set(end.processes) == {"bot", "api"}
    assert all(usage.memory > 50 and usage.handles > 5 for usage in end.processes.values())
    assert not [line for line in (tmp_path / "log.txt").read_text().splitlines() if " ERROR " in line]
