"""One contender in a process of its own: ``python -m benchmarks.contenders MODULE.FUNCTION``.

Lines of JSON go in and come out. First a ``Task``: the contender opens, answers one picture and says
``{"describe", "precision"}``. Then ``{"batch", "times"}``: so many answers after one that is not timed,
``{"milliseconds"}``; ``{"settle"}``: ``{}``, once all is done for the next start; ``{"finish"}``: ``{"resident_mib",
"flops"}``. What is in its way is told as ``{"error"}``.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any, TextIO

import numpy as np

from benchmarks.contenders.base import Contender, Missing, Task
from benchmarks.processes import resident_mib


def main() -> int:
    """Serve one contender until its input ends; the exit status."""
    # Frameworks print to standard output what they like; the lines that count go out by a copy of it.
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    task = Task.from_json(json.loads(sys.stdin.readline()))
    try:
        contender = _open(sys.argv[1], task)
        pictures = np.random.default_rng(0).integers(0, 256, (8, task.height, task.width, 3), dtype=np.uint8)
        contender.infer(pictures[:1])
    except Missing as error:
        return _fail(lines, str(error))
    except ImportError as error:
        return _fail(lines, f"{error.name or error} is not installed")
    except Exception as error:  # whatever a framework raises, the others are still to be measured
        return _fail(lines, f"{type(error).__name__}: {(str(error).strip() or '-').splitlines()[0]}")
    _tell(lines, {"describe": contender.describe, "precision": contender.precision})
    for line in sys.stdin:
        _tell(lines, _carry_out(contender, json.loads(line), pictures))
    return 0


def _open(name: str, task: Task) -> Contender:
    module, _, function = name.partition(".")
    contender = getattr(importlib.import_module(f"benchmarks.contenders.{module}"), function)(task)
    assert isinstance(contender, Contender)
    return contender


def _carry_out(contender: Contender, order: dict[str, Any], pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> Any:
    if "settle" in order:
        contender.settle()
        return {}
    if "finish" in order:
        resident = resident_mib(os.getpid())
        return {"resident_mib": resident, "flops": contender.flops()}
    batch = np.ascontiguousarray(pictures[: order["batch"]])
    # Another contender computed until now: caches and threads come back first.
    contender.infer(batch)
    milliseconds = []
    for _ in range(order["times"]):
        begun = time.perf_counter()
        contender.infer(batch)
        milliseconds.append((time.perf_counter() - begun) * 1e3)
    return {"milliseconds": milliseconds}


def _fail(lines: TextIO, reason: str) -> int:
    _tell(lines, {"error": reason})
    return 1


def _tell(lines: TextIO, value: dict[str, Any]) -> None:
    lines.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    sys.exit(main())
