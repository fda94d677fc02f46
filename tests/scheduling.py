"""In which order files are run, and what is given a second chance."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# The files that take longest, longest first. Most of the time of most of them is one fixture's (a whole training, a
# browser, a set of processes), so a file stays with one worker; and a long one must not be what a worker begins with
# last, while the other has nothing left to do. Left to itself, pytest-xdist puts files with few tests last: these.
LONGEST = (
    "training/test_skin_run.py",
    "training/test_melanoma_run.py",
    "training/test_pneumonia_run.py",
    "training/test_pytorch_served.py",
    "training/test_dvc.py",
    "training/test_melanoma_course.py",
    "training/test_melanoma_served.py",
    "e2e/test_channels.py",
    "web/site/test_pages.py",
    "faults/test_storm.py",
    "deploy/test_stages.py",
    "web/site/test_process.py",
    "web/test_process.py",
    "e2e/test_answers.py",
    "e2e/test_queue.py",
    "e2e/test_survival.py",
    "sandbox/test_browser.py",
    "bot/test_survival.py",
)

# Whole processes and a browser against the clock of a machine that does other things besides. What fails there once is
# run once more and told as RERUN at the end; what is wrong fails twice.
WHOLE_PROCESSES = ("e2e", "faults", "web/site")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of ``LONGEST`` first; within a file, and of the other files, the order stays. Marks those that
    drive whole processes or a browser to be run once more when they fail."""
    rank = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
    folders = [TESTS / name for name in WHOLE_PROCESSES]
    for item in items:
        if item.get_closest_marker("browser") or any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker(pytest.mark.flaky(reruns=1))
