"""A contender's process, seen from outside."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from benchmarks.contenders.base import Task
from benchmarks.folders import ROOT

PATIENCE_SECONDS = 900.0
"""PyTorch compiles a network for minutes."""


class OutOfTheRunning(Exception):
    """Why a contender cannot be measured here, in one sentence."""


class Child:
    """``python -m benchmarks.contenders NAME`` with a ``task`` and ``settings`` in its environment, ready to be timed.

    ``start_seconds`` is from starting the process to its first answer, ``describe`` and ``precision`` are what it says
    of itself. Raises ``OutOfTheRunning``, as do its methods.
    """

    def __init__(self, name: str, task: Task, settings: Mapping[str, str], folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
        begun = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "benchmarks.contenders", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            text=True,
            bufsize=1,
        )
        try:
            ready = self._ask(task.as_json())
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.perf_counter() - begun
        self.describe: str = ready["describe"]
        self.precision: str = ready["precision"]

    def time(self, batch: int, times: int) -> list[float]:
        """Milliseconds of so many answers to ``batch`` pictures."""
        found: list[float] = self._ask({"batch": batch, "times": times})["milliseconds"]
        return found

    def settle(self) -> None:
        """Lets the contender do what is left for the next start with its cache."""
        self._ask({"settle": True})

    def finish(self) -> tuple[float, float | None]:
        """Resident memory in MiB, and floating-point operations for a picture where the contender can count them."""
        answer = self._ask({"finish": True})
        return answer["resident_mib"], answer["flops"]

    def close(self) -> None:
        """Ends the process."""
        _close(self._process.stdin)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _close(self._process.stdout)

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(order) + "\n")
        except BrokenPipeError:
            raise OutOfTheRunning("its process ended") from None
        if not select.select([stdout], [], [], PATIENCE_SECONDS)[0]:
            raise OutOfTheRunning(f"no answer in {PATIENCE_SECONDS:g} s")
        line = stdout.readline()
        if not line:
            raise OutOfTheRunning(f"its process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise OutOfTheRunning(answer["error"])
        return answer


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        with suppress(BrokenPipeError):
            stream.close()
