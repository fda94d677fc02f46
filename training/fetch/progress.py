"""Bars on the terminal; where there is none, nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

Show = Callable[[int, int | None], None]
"""Told what is done and the whole, where it is known."""


class Bars:
    """Shows one bar at a time on stderr, so that stdout stays with what is worth keeping."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    @contextmanager
    def bar(self, title: str, unit: str = "bytes") -> Iterator[Show]:
        """A bar with ``title``; ``unit`` other than bytes is counted."""
        counted = [DownloadColumn(), TransferSpeedColumn()] if unit == "bytes" else [MofNCompleteColumn()]
        columns = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *counted, TimeRemainingColumn()]
        with Progress(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        ) as progress:
            task = progress.add_task(title, total=None)
            # What an earlier run has done already is no speed of this one.
            started = False

            def show(done: int, total: int | None) -> None:
                nonlocal started
                if started:
                    progress.update(task, completed=done, total=total)
                else:
                    progress.reset(task, completed=done, total=total)
                    started = True

            yield show
