"""Golden outputs: what a model gave for pictures made by code, kept beside its card to notice any later change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from models.card import ModelCard
from models.engines.base import EngineOutput, Precision
from models.ensemble import Ensemble

GOLDEN = "golden.json"


@dataclass(frozen=True)
class Tolerances:
    """Largest differences from golden outputs, which are f32's; ``novelty``'s is relative."""

    probabilities: float
    heatmap: float
    novelty: float


TOLERANCES: Mapping[Precision, Tolerances] = MappingProxyType(
    {
        Precision.F32: Tolerances(1e-3, 5e-3, 1e-3),  # between machines and engines
        Precision.BF16: Tolerances(2e-2, 5e-2, 2e-2),
    }
)

_PICTURES = 4
_BLOCKS = 8
_SEED = 20260131


class GoldenOutputs(BaseModel):
    """``probabilities`` ``[N][C]``, ``heatmap`` ``[N][h][w]`` and ``novelty`` ``[N]`` of ``golden_images``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights_hash: str
    engine: str
    probabilities: list[list[float]]
    heatmap: list[list[list[float]]]
    novelty: list[float]


def golden_images(height: int, width: int) -> NDArray[np.uint8]:
    """Four pictures, uint8 ``[4, height, width, 3]``: coloured blocks on a slope of brightness, the same everywhere.

    Integers throughout, and numpy's frozen legacy generator, whose numbers never change between versions.
    """
    blocks = np.random.RandomState(_SEED).randint(0, 192, (_PICTURES, _BLOCKS, _BLOCKS, 3))
    rows, columns = np.arange(height) * _BLOCKS // height, np.arange(width) * _BLOCKS // width
    slope = np.add.outer(np.arange(height) * 32 // height, np.arange(width) * 32 // width)
    return (blocks[:, rows][:, :, columns] + slope[None, :, :, None]).astype(np.uint8)


def write_golden(folder: Path, card: ModelCard, model: Ensemble) -> Path:
    """Runs ``model`` on the golden pictures and writes ``golden.json`` into the model's folder; gives its path."""
    output = model.infer(golden_images(card.input.height, card.input.width))
    golden = GoldenOutputs(
        weights_hash=card.weights_hash,
        engine=model.describe(),
        probabilities=output.probabilities.astype(float).round(6).tolist(),
        heatmap=output.heatmap.astype(float).round(4).tolist(),
        novelty=[float(f"{value:.6g}") for value in output.novelty],
    )
    path = folder / GOLDEN
    path.write_text(golden.model_dump_json() + "\n", encoding="utf-8")
    return path


def compare(
    golden: GoldenOutputs, card: ModelCard, output: EngineOutput, precision: Precision = Precision.F32
) -> list[str]:
    """What differs between ``golden`` and ``output``, computed in ``precision``, by more than its tolerances; nothing
    when all is well."""
    allowed = TOLERANCES[precision]
    if golden.weights_hash != card.weights_hash:
        return ["the golden outputs are those of other weights"]
    return [
        problem
        for problem in (
            _difference("probabilities", golden.probabilities, output.probabilities, allowed.probabilities),
            _difference("heatmap", golden.heatmap, output.heatmap, allowed.heatmap),
            _difference("novelty", golden.novelty, output.novelty, allowed.novelty, relative=True),
        )
        if problem
    ]


def _difference(
    name: str, expected: object, found: NDArray[np.floating], tolerance: float, relative: bool = False
) -> str | None:
    wanted = np.asarray(expected, float)
    if wanted.shape != found.shape:
        return f"{name}: {list(found.shape)}, golden {list(wanted.shape)}"
    differences = np.abs(found - wanted) / (np.maximum(np.abs(wanted), 1e-6) if relative else 1)
    if differences.max() <= tolerance:
        return None
    return f"{name}: {'relative ' if relative else ''}difference {differences.max():.2g}, more than {tolerance:g}"
