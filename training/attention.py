"""``python -m training.attention model=NAME data.root=DIR``: how much of the heat lies on the lesion, or in the lungs,
of held-out pictures, beside how much of the picture these take up; with a sheet of pictures to look at.

There are no outlines drawn by people in the sets, so both are found by a threshold (Otsu 1979): what is darker than the
skin around it, in the middle; what is darker than the chest, left and right. Where that finds nothing of a sensible
size the picture is left out and counted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import hydra
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from models.card import Modality
from training.command import refusing_clearly
from training.data import DataError, load_pictures
from training.evaluation.bootstrap import intervals
from training.evaluation.datasets import configuration, data_settings, samples_of
from training.evaluation.served import ServedModel

Mask = NDArray[np.bool_]
SIDE = 224
LEAST_SHARE, MOST_SHARE = 0.02, 0.7
SHEET_COLUMNS, SHEET_ROWS = 8, 5


@dataclass(frozen=True)
class Looked:
    """Of one picture: the ``share`` of the heat within the mask, and the ``area`` that the mask takes up."""

    share: float
    area: float


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="attention")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        look(config)


def look(config: DictConfig) -> dict[str, float]:
    """Prints the mean shares with 95 % bootstrap intervals and writes the sheet to ``config.out``. Raises
    ``DataError``."""
    served = ServedModel.load(Path(config.weights_dir), config.model, config.engine)
    card = served.card
    data = data_settings(config.model, config.data, card.codes)
    samples = samples_of(data, configuration(config.model).seed, "test")
    if not samples:
        raise DataError(f"{data.root}: too few pictures; none is held out.")
    chosen = np.random.default_rng(0).permutation(len(samples))[: config.most]
    samples = [samples[row] for row in sorted(chosen)]
    cache = Path(data.cache) if data.cache else None
    spec = card.input
    heatmaps = served.infer(load_pictures(samples, spec.height, spec.width, spec.fit, cache).pixels).heatmap
    pictures = load_pictures(samples, SIDE, SIDE, spec.fit, cache).pixels
    find = lungs if card.modality is Modality.CHEST_XRAY else lesion
    tiles, found = [], []
    for picture, heatmap in zip(pictures, heatmaps, strict=True):
        mask, heat = find(picture), cv2.resize(heatmap, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        if LEAST_SHARE <= mask.mean() <= MOST_SHARE and heat.sum() > 0:
            found.append(Looked(float(heat[mask].sum() / heat.sum()), float(mask.mean())))
            tiles.append(_tile(picture, mask, heat))
    cv2.imwrite(str(config.out), _sheet(tiles))
    report = _summary(found, config.resamples)
    sys.stdout.writelines(f"{line}\n" for line in _lines(card.name, len(samples), len(found), report))
    sys.stdout.write(f"written to {config.out}\n")
    return {name: value for name, (value, _, _) in report.items()}


def lesion(picture: NDArray[np.uint8]) -> Mask:
    """Where the lesion lies in the dermoscopic ``picture`` uint8 ``[H, W, 3]``: what is darker than the rest, but the
    shadow of the tube in the corners, in one piece, the largest near the middle."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), SIDE / 64)
    inside = _disc(grey.shape[0], grey.shape[1])
    level, _ = cv2.threshold(grey[inside][None], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return _largest((grey <= level) & inside, 1)


def lungs(picture: NDArray[np.uint8]) -> Mask:
    """Where the lungs lie in the frontal chest X-ray ``picture`` uint8 ``[H, W, 3]``: what is darker than the chest
    around it and does not reach the picture's edge, in the two largest pieces."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), SIDE / 64)
    grey = cv2.createCLAHE(2.0, (4, 4)).apply(grey)
    height, width = grey.shape
    inside = np.zeros((height, width), bool)
    inside[height // 12 : -height // 8, width // 10 : -width // 10] = True
    level, _ = cv2.threshold(grey[inside][None], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return _largest((grey <= level) & inside, 2)


def _disc(height: int, width: int) -> Mask:
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(down**2 + across**2 <= 1)


def _largest(mask: Mask, count: int) -> Mask:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:count] + 1
    closed = cv2.morphologyEx(np.isin(labels, order).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return np.asarray(closed, bool)


def _summary(found: list[Looked], resamples: int) -> dict[str, tuple[float, float, float]]:
    share, area = (np.array([getattr(looked, name) for looked in found]) for name in ("share", "area"))

    def measure(counts: NDArray[np.float64]) -> dict[str, float]:
        inside, size = float(share @ counts / counts.sum()), float(area @ counts / counts.sum())
        return {"share of the heat": inside, "share of the picture": size, "times as much as by chance": inside / size}

    spans = intervals(measure, np.arange(len(found)).astype(str), resamples)
    return {name: (value, *spans[name]) for name, value in measure(np.ones(len(found))).items()}


def _lines(model: str, pictures: int, measured: int, report: dict[str, tuple[float, float, float]]) -> Iterator[str]:
    yield f"{model}: {pictures} held-out pictures, in {measured} of them the place was found"
    for name, (value, low, high) in report.items():
        yield f"{name:28} {value:.3f}  ({low:.3f} to {high:.3f})"


def _tile(picture: NDArray[np.uint8], mask: Mask, heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture with the heat in red and the mask's outline in green, BGR."""
    tile = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR).astype(np.float32)
    tile[..., 2] += 120 * np.clip(heat, 0, 1)
    tile[..., :2] -= 60 * np.clip(heat, 0, 1)[..., None]
    drawn = np.clip(tile, 0, 255).astype(np.uint8)
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(drawn, contours, -1, (0, 255, 0), 1)
    return drawn


def _sheet(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    blank = np.zeros((SIDE, SIDE, 3), np.uint8)
    shown = (tiles + [blank] * (SHEET_COLUMNS * SHEET_ROWS))[: SHEET_COLUMNS * SHEET_ROWS]
    rows = [np.hstack(shown[start : start + SHEET_COLUMNS]) for start in range(0, len(shown), SHEET_COLUMNS)]
    return np.vstack(rows)


if __name__ == "__main__":
    main()
