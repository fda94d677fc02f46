"""What an inference engine is: one Protocol, and what goes in and comes out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray


def usable_cpus() -> int:
    """The number of CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Precision(StrEnum):
    """What a network is computed with: float32, or bfloat16, which has its range in half the bits, 8 of mantissa."""

    F32 = "f32"
    BF16 = "bf16"


@dataclass(frozen=True)
class NetworkFile:
    """One ``.onnx`` file and what it must be: it takes ``height`` x ``width`` pixels and gives so many ``classes``."""

    path: Path
    sha256: str
    height: int
    width: int
    classes: int

    @classmethod
    def of(cls, path: Path, height: int, width: int, classes: int) -> Self:
        """The file at ``path`` as it is now, hashed. Raises ``OSError``."""
        return cls(path, sha256_of(path), height, width, classes)


@dataclass(frozen=True)
class EngineOptions:
    """``threads`` computing on a CPU; ``cache``, a folder for compiled networks, or None for none; the ``precision``
    that is wanted, which an engine that has no other than float32 does not heed."""

    threads: int = field(default_factory=usable_cpus)
    cache: Path | None = None
    precision: Precision = Precision.F32


@dataclass(frozen=True)
class EngineOutput:
    """For N pictures and C classes: ``probabilities`` float32 ``[N, C]``, calibrated, each row summing to 1;
    ``heatmap`` float32 ``[N, h, w]``, 0..1; ``novelty`` float32 ``[N]``, larger is less like the training data."""

    probabilities: NDArray[np.float32]
    heatmap: NDArray[np.float32]
    novelty: NDArray[np.float32]


@dataclass(frozen=True)
class TensorSpec:
    """An input or output as a file or an engine declares it; ``dtype`` is numpy's name, a free or unknown dimension is
    None, and so is a shape of unknown rank."""

    dtype: str
    shape: Sequence[int | None] | None


class Engine(Protocol):
    """A network ready to run. ``infer`` may be called from several threads at once. ``close`` may be called while some
    of them wait, or hang: who has begun to compute may finish, who has not gets ``RuntimeError``."""

    @property
    def name(self) -> str:
        """``openvino`` or ``onnxruntime``."""

    @property
    def device(self) -> str:
        """What computes: ``cpu`` or ``cuda``."""

    @property
    def precision(self) -> Precision:
        """What is computed with."""

    def describe(self) -> str:
        """Library, version, device, precision and threads, in one line."""

    def infer(self, images: NDArray[np.uint8]) -> EngineOutput:
        """Runs uint8 ``[N, H, W, 3]``, RGB, at the network's size.

        Raises ``ValueError`` for another shape or dtype, ``ContractViolation`` for numbers that cannot be meant.
        """

    def close(self) -> None:
        """Gives the memory back; ``infer`` raises ``RuntimeError`` from then on."""
