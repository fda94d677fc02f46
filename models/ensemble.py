"""One model at work: its networks loaded by an engine, and their outputs made one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.engines.base import Engine, EngineOptions, EngineOutput, NetworkFile
from models.engines.choice import Choice


class Ensemble:
    """The networks of one card, asked one after another; most cards have one. Safe to use from several threads."""

    def __init__(self, networks: Sequence[NetworkFile], choice: Choice, options: EngineOptions) -> None:
        """Loads all networks. Raises ``ContractViolation``."""
        self._engines: list[Engine] = []
        try:
            for network in networks:
                self._engines.append(choice.open(network, options))
        except BaseException:
            self.close()
            raise

    @property
    def engine(self) -> Engine:
        """The first network's; the others are run by the same."""
        return self._engines[0]

    def describe(self) -> str:
        """The engine in one line."""
        return self.engine.describe()

    def infer(self, images: NDArray[np.uint8]) -> EngineOutput:
        """As ``Engine.infer``."""
        return combine(self.infer_each(images))

    def infer_each(self, images: NDArray[np.uint8]) -> list[EngineOutput]:
        """What each network says by itself, in the card's order; ``combine`` makes it one."""
        return [engine.infer(images) for engine in self._engines]

    def close(self) -> None:
        for engine in self._engines:
            engine.close()


def combine(outputs: Sequence[EngineOutput]) -> EngineOutput:
    """The mean of probabilities, heat maps (brought to the finest grid among them) and novelty."""
    if len(outputs) == 1:
        return outputs[0]
    height = max(output.heatmap.shape[1] for output in outputs)
    width = max(output.heatmap.shape[2] for output in outputs)
    return EngineOutput(
        np.mean([output.probabilities for output in outputs], axis=0, dtype=np.float32),
        np.mean([_resize(output.heatmap, height, width) for output in outputs], axis=0, dtype=np.float32),
        np.mean([output.novelty for output in outputs], axis=0, dtype=np.float32),
    )


def _resize(heatmaps: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    if heatmaps.shape[1:] == (height, width):
        return heatmaps
    size = (width, height)
    maps = [np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR)) for plane in heatmaps]
    return np.stack(maps)
