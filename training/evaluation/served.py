"""A model as it is served, asked for many pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.catalog import Catalog
from models.engines.base import EngineOptions, EngineOutput, Precision
from models.engines.choice import choose
from models.ensemble import Ensemble, combine
from models.errors import ModelsError
from training.data import DataError

BATCH = 16


@dataclass(frozen=True)
class ServedModel:
    """A card of ``weights_dir`` with its networks in an engine."""

    card: ModelCard
    weights_hash: str
    ensemble: Ensemble

    @classmethod
    def load(cls, weights_dir: Path, name: str, engine: str, precision: Precision = Precision.F32) -> ServedModel:
        """Raises ``DataError`` with what is missing."""
        try:
            catalog = Catalog.load(weights_dir)
            networks = catalog.networks(name)
            ensemble = Ensemble(networks, choose(engine), EngineOptions(precision=precision))
        except ModelsError as problem:
            raise DataError(str(problem)) from problem
        return cls(catalog.card(name), catalog.weights_hash(name), ensemble)

    def positive_labels(self) -> tuple[int, ...]:
        """Indices of the labels that the card's thresholds sum up."""
        return tuple(index for index, code in enumerate(self.card.codes) if code in self.card.thresholds.positive)

    def infer(self, pixels: NDArray[np.uint8]) -> EngineOutput:
        """Outputs for uint8 ``[N, H, W, 3]`` at the card's size, in batches."""
        return self.infer_with_members(pixels)[0]

    def infer_with_members(self, pixels: NDArray[np.uint8]) -> tuple[EngineOutput, list[NDArray[np.float32]]]:
        """As ``infer``, and the probabilities ``[N, C]`` of each network by itself, in the card's order."""
        parts = [self.ensemble.infer_each(pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)]
        members = [np.concatenate([output.probabilities for output in outputs]) for outputs in zip(*parts, strict=True)]
        return join([combine(part) for part in parts]), members


def join(parts: Sequence[EngineOutput]) -> EngineOutput:
    """Outputs of consecutive batches as one."""
    return EngineOutput(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.heatmap for part in parts]),
        np.concatenate([part.novelty for part in parts]),
    )
