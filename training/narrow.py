"""``python -m training.narrow model=NAME data.root=DIR``: the served model's kernels as 8-bit numbers with a factor for
each channel, which halves a file of float16 kernels. It replaces the served one where the calibration fold's AUC bears
it, after the same checks and measurements as a training; trainings store their weights so from the start.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hydra
import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from models.card import ModelCard
from models.catalog import Catalog
from models.engines.base import EngineOptions, EngineOutput, NetworkFile, sha256_of
from models.engines.choice import choose
from training.calibration import novelty_threshold
from training.command import refusing_clearly
from training.data import DataError, Prepared, load_pictures
from training.evaluation.datasets import configuration, data_settings, prepare_folds, shown
from training.evaluation.metrics import mean_auc
from training.evaluation.report import Question
from training.evaluation.served import ServedModel
from training.export.card_builder import fold_samples
from training.export.card_writer import Exported, next_patch, stage, weights_file
from training.export.narrow import round_kernels, store_narrow
from training.export.parity import parity_rows
from training.export.publish import publish

logger = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path="conf/commands", config_name="narrow")
def main(config: DictConfig) -> None:
    with refusing_clearly(config):
        narrow(config)


@dataclass(frozen=True)
class Pictures:
    """At the card's size, uint8 ``[N, H, W, 3]``: the ``calibration`` fold with its ``labels``, and those of the
    ``parity`` check."""

    calibration: NDArray[np.uint8]
    labels: NDArray[np.intp]
    parity: NDArray[np.uint8]


def narrow(config: DictConfig) -> ModelCard:
    """Rounds, measures and places the model as ``config`` says. Returns the new card.

    Raises ``DataError`` when the model is narrow already, or when rounding costs more than ``config.largest_loss``.
    """
    served = ServedModel.load(Path(config.weights_dir), config.model, "auto")
    data = data_settings(config.model, config.data, served.card.codes)
    prepared = prepare_folds(data, configuration(config.model).seed)
    cache = Path(data.cache) if data.cache else None
    pictures = _load(prepared, served.card, cache)
    run_dir = Path(config.run_dir) / config.model
    exported = [
        _rounded(file, entry.architecture, run_dir / entry.architecture, pictures.parity)
        for entry, file in zip(
            served.card.files, Catalog.load(Path(config.weights_dir)).networks(config.model), strict=True
        )
    ]
    card = _bumped(served.card, exported)
    stage(run_dir / "measured" / card.name, card, [network.path for network in exported])
    before = served.infer(pictures.calibration)
    after = ServedModel.load(run_dir / "measured", card.name, "auto").infer(pictures.calibration)
    _require_small_loss(before, after, pictures.labels, config.largest_loss)
    threshold = novelty_threshold(after.novelty, card.novelty.quantile)
    card = card.model_copy(update={"novelty": card.novelty.model_copy(update={"threshold": threshold})})
    command = f"python -m training.evaluate model={card.name} data.root={shown(Path(data.root))} shift=true"
    return publish(
        card,
        exported,
        pictures.parity,
        calibration=fold_samples(prepared, "calibration"),
        question=Question(fold_samples(prepared, "test"), "test", True, config.resamples, command, cache),
        run_dir=run_dir,
        weights_dir=Path(config.weights_dir),
    )


def _load(prepared: Prepared, card: ModelCard, cache: Path | None) -> Pictures:
    spec, calibration = card.input, fold_samples(prepared, "calibration")
    checked = [prepared.samples[row] for row in parity_rows(prepared, 100)]
    pixels = [
        load_pictures(samples, spec.height, spec.width, spec.fit, cache).pixels for samples in (calibration, checked)
    ]
    return Pictures(pixels[0], np.array([sample.label for sample in calibration]), pixels[1])


def _rounded(file: NetworkFile, architecture: str, folder: Path, pixels: NDArray[np.uint8]) -> Exported:
    """The network with rounded kernels, stored narrow, and what it computed while they were still float32."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "exported.onnx"
    if not round_kernels(file.path, path):
        raise DataError(f"{architecture}: no kernel is left that is not stored in 8 bits.")
    wide = NetworkFile(path, sha256_of(path), file.height, file.width, file.classes)
    engine = choose("onnxruntime").open(wide, EngineOptions())
    reference = engine.infer(pixels)
    engine.close()
    store_narrow(path)
    return Exported(path, architecture, reference)


def _bumped(card: ModelCard, exported: list[Exported]) -> ModelCard:
    """``card`` as a patch release of the new files; its figures are those of the old ones and are left out."""
    return card.model_copy(
        update={
            "version": next_patch(card.version),
            "created": datetime.now(UTC).date(),
            "files": tuple(weights_file(network.path, network.architecture) for network in exported),
            "figures": (),
            "parity": (),
        }
    )


def _require_small_loss(before: EngineOutput, after: EngineOutput, labels: NDArray[np.intp], largest: float) -> None:
    auc, rounded = mean_auc(before.probabilities, labels), mean_auc(after.probabilities, labels)
    change = float(np.abs(after.probabilities - before.probabilities).max())
    logger.info(
        "calibration AUC %.4f, with 8-bit kernels %.4f; largest change of a probability %.4f", auc, rounded, change
    )
    if auc - rounded > largest:
        raise DataError(f"8-bit kernels cost {auc - rounded:.4f} of AUC, more than {largest:g}; nothing was changed.")


if __name__ == "__main__":
    main()
