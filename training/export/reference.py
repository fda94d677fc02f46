"""What a training's framework computes for some pictures, in a process of its own, for the parity check."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.engines.base import EngineOutput
from training.data import DataError

Network = TypeVar("Network")


def answer(
    load: Callable[[Path], Network], run: Callable[[Network, NDArray[np.uint8]], EngineOutput], arguments: list[str]
) -> None:
    """``arguments``: the folder that ``load`` reads, the file of pictures uint8 ``[N, H, W, 3]``, the file to write."""
    folder, pictures, outputs = arguments
    try:
        network = load(Path(folder))
    except DataError as problem:
        sys.exit(f"error: {problem}")
    found = run(network, np.load(pictures))
    np.savez(outputs, probabilities=found.probabilities, heatmap=found.heatmap, novelty=found.novelty)
