"""From the best weights to the served model: calibration, export, card."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from scipy.special import softmax

from models.card import DataSource, ModelCard
from training.calibration import choose_cuts, fit_temperature, novelty_threshold
from training.data import Prepared
from training.evaluation.metrics import roc_auc
from training.evaluation.shifts import SHIFTS, load_shifted
from training.export.card_builder import Chosen, draft_card, fold_samples, held_out_question, question_elsewhere
from training.export.card_writer import Exported
from training.export.parity import parity_rows
from training.export.publish import publish as check_and_place
from training.melanoma.export import export_onnx
from training.melanoma.framework import keras, tf
from training.melanoma.pictures import FIT, fold_labels, load_fold, load_rows
from training.melanoma.reference import save
from training.melanoma.served import FLIPS, Observer, ServedNetwork, for_serving, observer, run_served, with_dense_maps
from training.melanoma.sets import count_pictures
from training.melanoma.tracking import log_figures
from training.melanoma.train import run_folder
from training.novelty import FeatureSpace

logger = logging.getLogger(__name__)


def publish(config: DictConfig, network: keras.Model, prepared: Prepared) -> ModelCard:
    """Calibrates, exports, checks, measures and places ``network``. Returns the card.

    ``prepared`` is the main set alone: what is unlike its pictures is refused, whatever other sets were trained on.

    Raises ``DataError``, ``ParityError`` or ``ContractViolation``, with what was served before left as it was.
    """
    run_dir, views = Path(config.run_dir), FLIPS[config.views]
    exact = observer(with_dense_maps(network), views)
    network = for_serving(with_dense_maps(network))
    observe = observer(network, views)
    size, features, logits = _choose_size(config, observe, prepared)
    _log_loss(exact, load_fold(config, prepared, "calibration", size), logits, fold_labels(prepared, "calibration"))
    temperature = fit_temperature(logits, fold_labels(prepared, "calibration"))
    train_features, _ = observe(load_fold(config, prepared, "train", size))
    space = FeatureSpace.fit(train_features, config.novelty.dimensions)
    served = ServedNetwork(network, temperature, space, views)
    chosen = Chosen(
        size=size,
        fit=FIT,
        temperature=temperature,
        cuts=choose_cuts(
            [softmax(found.astype(np.float64) / temperature, axis=1)[:, 1] for found in
             (logits, *_shifted_logits(observe, prepared, size))],
            fold_labels(prepared, "calibration") == 1,
            instantiate(config.aims),
        ),
        novelty_method=space.method,
        novelty_threshold=novelty_threshold(served.novelty(tf.constant(features)).numpy(), config.novelty.quantile),
    )  # fmt: skip
    save(served, run_dir, classes=list(config.data.classes), dense=config.network.dense)
    path = run_dir / "exported.onnx"
    export_onnx(served, path, size)
    pixels = load_rows(config, prepared, parity_rows(prepared, 100), size)
    exported = [Exported(path, config.network.backbone.lower(), run_served(served, pixels))]
    card = draft_card(
        config, prepared, chosen,
        exported=exported,
        framework=f"Keras {keras.__version__} on TensorFlow {tf.__version__}",
    )  # fmt: skip
    card = card.model_copy(update={"data": (*card.data, *_further_sources(config))})
    placed = check_and_place(
        card,
        exported,
        pixels,
        calibration=fold_samples(prepared, "calibration"),
        question=held_out_question(config, prepared),
        elsewhere=[question_elsewhere(config, other) for other in config.elsewhere],
        run_dir=run_dir,
        weights_dir=Path(config.weights_dir),
    )
    log_figures(config, run_folder(config).mlflow_run, placed)
    return placed


def _choose_size(
    config: DictConfig, observe: Observer, prepared: Prepared
) -> tuple[int, NDArray[np.float32], NDArray[np.float32]]:
    """The size of ``serving_sizes`` with the best calibration AUC, and features and logits of that fold at it."""
    truth, found = fold_labels(prepared, "calibration"), {}
    for size in config.serving_sizes:
        features, logits = observe(load_fold(config, prepared, "calibration", size))
        found[size] = _auc(logits, truth), features, logits
        logger.info("at %d px: calibration AUC %.4f", size, found[size][0])
    best = max(found, key=lambda size: found[size][0])
    return best, *found[best][1:]


def _log_loss(
    exact: Observer, pixels: NDArray[np.uint8], logits: NDArray[np.float32], truth: NDArray[np.int64]
) -> None:
    before, after = _auc(exact(pixels)[1], truth), _auc(logits, truth)
    logger.info("weights in 8 bits: calibration AUC %.4f, in 32 bits %.4f (loss %+.4f)", after, before, before - after)


def _auc(logits: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    return roc_auc((logits[:, 1] - logits[:, 0]).astype(np.float64), truth == 1)


def _further_sources(config: DictConfig) -> list[DataSource]:
    """For the card: the sets that were trained on besides, each once."""
    uses = dict.fromkeys(config.union, "training")
    if config.pretrained == "dermoscopy":
        for name in config.pretraining.sets:
            uses[name] = "pretraining and training" if name in uses else "pretraining"
    sources = []
    for name, use in uses.items():
        entry = (config.union if name in config.union else config.pretraining.sets)[name]
        split = f"{use} only, without what tells about a held-out picture: copies, lookalikes, their lesions"
        sources.append(DataSource(**entry.source, pictures=count_pictures(entry), split=split))
    return sources


def _shifted_logits(observe: Observer, prepared: Prepared, size: int) -> list[NDArray[np.float32]]:
    samples = fold_samples(prepared, "calibration")
    return [observe(load_shifted(samples, size, size, FIT, shift))[1] for shift in SHIFTS]
