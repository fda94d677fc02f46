"""Both engines compute what the framework computed, or the model is not served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.engines.base import EngineOptions, EngineOutput, NetworkFile
from models.engines.choice import choose
from training.data import Prepared
from training.evaluation.served import BATCH, join

ENGINES = ("openvino", "onnxruntime")
PROBABILITY_TOLERANCE = 1e-4
HEATMAP_TOLERANCE = 1e-3
NOVELTY_TOLERANCE = 1e-3


class ParityError(Exception):
    """An engine's outputs are too far from the framework's."""


@dataclass(frozen=True)
class Difference:
    """Largest absolute differences of an engine from the framework; novelty's is relative."""

    engine: str
    pictures: int
    probabilities: float
    heatmap: float
    novelty: float

    @property
    def within(self) -> bool:
        """Whether probabilities are within 1e-4, heat maps and relative novelty within 1e-3."""
        return (
            self.probabilities <= PROBABILITY_TOLERANCE
            and self.heatmap <= HEATMAP_TOLERANCE
            and self.novelty <= NOVELTY_TOLERANCE
        )

    def __str__(self) -> str:
        return (
            f"{self.engine}: {self.pictures} pictures, largest difference of probabilities {self.probabilities:.1e}, "
            f"heat maps {self.heatmap:.1e}, novelty (relative) {self.novelty:.1e}"
        )


def compare(network: NetworkFile, pixels: NDArray[np.uint8], reference: EngineOutput) -> list[Difference]:
    """Each engine on ``pixels`` against the framework's ``reference``. Loading checks the contract: the pictures go in
    batches, the last of them alone, so that the free first dimension is exercised. Raises ``ContractViolation``."""
    differences = []
    for name in ENGINES:
        engine = choose(name).open(network, EngineOptions())
        starts = [*range(0, len(pixels) - 1, BATCH)]
        ends = [*starts[1:], len(pixels) - 1]
        parts = [engine.infer(pixels[start:end]) for start, end in zip(starts, ends, strict=True)]
        output = join([*parts, engine.infer(pixels[-1:])])
        engine.close()
        differences.append(difference(name, output, reference))
    return differences


def difference(engine: str, output: EngineOutput, reference: EngineOutput) -> Difference:
    """How far ``output`` is from ``reference``."""
    return Difference(
        engine,
        len(reference.probabilities),
        float(np.abs(output.probabilities - reference.probabilities).max()),
        float(np.abs(output.heatmap - reference.heatmap).max()),
        float((np.abs(output.novelty - reference.novelty) / np.abs(reference.novelty).clip(1e-6)).max()),
    )


def require_parity(differences: Sequence[Difference]) -> None:
    """Raises ``ParityError`` when one is not within its tolerance."""
    for found in differences:
        if not found.within:
            raise ParityError(f"{found}; allowed are {PROBABILITY_TOLERANCE}, {HEATMAP_TOLERANCE}, {NOVELTY_TOLERANCE}")


def parity_rows(prepared: Prepared, count: int) -> list[int]:
    """``count`` samples evenly from all folds and classes, always the same."""
    order = np.argsort(prepared.labels, kind="stable")
    picked = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)
    return sorted(int(row) for row in order[picked])
