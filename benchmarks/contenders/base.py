"""What a contender is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Task:
    """The model ``name`` for ``height`` x ``width`` pixels and so many ``classes``, the ``architectures`` of its
    networks and their ``files`` (.onnx), ``threads`` to compute with, a folder to keep ``cache`` files in."""

    name: str
    height: int
    width: int
    classes: int
    architectures: tuple[str, ...]
    files: tuple[Path, ...]
    threads: int
    cache: Path

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Task:
        """What ``as_json`` gave."""
        lists = {"architectures": tuple(values["architectures"]), "files": tuple(map(Path, values["files"]))}
        return cls(**{**values, **lists, "cache": Path(values["cache"])})

    def as_json(self) -> dict[str, Any]:
        """Fit for ``json.dumps``."""
        paths = {"files": [str(path) for path in self.files], "cache": str(self.cache)}
        return {**vars(self), **paths, "architectures": list(self.architectures)}


@dataclass(frozen=True)
class Contender:
    """``infer`` takes pictures uint8 ``[N, H, W, 3]`` and returns once the answer is there. ``describe``: library,
    version and how it runs; ``precision``: what is computed with, such as ``f32``; ``flops``: floating-point operations
    for one picture, a multiplication and an addition being two, None where they cannot be counted here; ``settle`` does
    what is left for the next start with the same cache."""

    infer: Callable[[NDArray[np.uint8]], object]
    describe: str
    precision: str = "f32"
    flops: Callable[[], float | None] = field(default=lambda: None)
    settle: Callable[[], None] = field(default=lambda: None)


class Missing(Exception):
    """What the contender needs is not here, in one sentence."""
