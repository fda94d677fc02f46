"""What the process of ``trial`` runs: each network in float32 and in bfloat16, on a picture made by code, in turns.

It reads its orders as JSON from standard input and prints a ``Finding`` a line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engines.base import Engine, EngineOptions, NetworkFile, Precision
from models.engines.openvino import OpenVinoEngine
from models.errors import ContractViolation
from models.golden import golden_images
from models.precision.findings import Finding

LEAST_ROUNDS = 7
LEAST_SECONDS = 0.5
_NICENESS = 10


def main() -> None:
    """Measures as the orders say; ended by SIGALRM after their ``seconds``, whoever started it being gone or not."""
    orders = json.loads(sys.stdin.read())
    if hasattr(signal, "alarm"):
        signal.alarm(orders["seconds"])
    _give_way()
    cache = Path(orders["cache"])
    if not _alone(cache):
        return
    for network in orders["networks"]:
        file = NetworkFile(**{**network, "path": Path(network["path"])})
        sys.stdout.write(measure(file, orders["threads"], cache).model_dump_json() + "\n")
        sys.stdout.flush()


def measure(network: NetworkFile, threads: int, cache: Path) -> Finding:
    """Whether ``network`` works in bfloat16 here, and what it is worth. Raises ``ContractViolation`` where it does not
    work in float32 either."""
    wide = OpenVinoEngine(network, EngineOptions(threads, cache))
    images = golden_images(network.height, network.width)
    expected = wide.infer(images)
    try:
        narrow = OpenVinoEngine(network, EngineOptions(threads, cache, Precision.BF16))
        found = narrow.infer(images)
    except ContractViolation:
        return Finding(sha256=network.sha256, works=False)
    return Finding(
        sha256=network.sha256,
        works=narrow.precision is Precision.BF16,
        differs=float(np.abs(found.probabilities - expected.probabilities).max()),
        speedup=_speedup(wide, narrow, images[:1]),
    )


def _speedup(wide: Engine, narrow: Engine, image: NDArray[np.uint8]) -> float:
    """The ratio of the shortest times: what else the machine does only ever makes a run longer. A small network is run
    more often, or one disturbance would decide."""
    times: list[tuple[float, float]] = []
    while len(times) < LEAST_ROUNDS or np.sum(times) < LEAST_SECONDS:
        times.append((_seconds(wide, image), _seconds(narrow, image)))
    shortest = np.min(times, axis=0)
    return float(shortest[0] / shortest[1])


def _seconds(engine: Engine, image: NDArray[Any]) -> float:
    begun = time.perf_counter()
    engine.infer(image)
    return time.perf_counter() - begun


def _alone(cache: Path) -> bool:
    """Takes the folder's lock until the process ends; False where another process measures: several workers start at
    the same time, and one is enough for all."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows

        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        fcntl.flock(os.open(cache / "precision.lock", os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        pass
    return True


def _give_way() -> None:
    """Whoever serves goes first, and where memory runs out this process goes, not that one."""
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
