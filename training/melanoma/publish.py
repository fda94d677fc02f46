"""From the best weights to the served model: calibration, export, card."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from scipy.special import softmax

from models.card import ModelCard
from training.calibration import choose_cuts, fit_temperature, novelty_threshold
from training.data import Prepared
from training.evaluation.metrics import roc_auc
from training.evaluation.shifts import SHIFTS, load_shifted
from training.export.card_builder import Chosen, draft_card, fold_samples, held_out_question, question_elsewhere
from training.export.parity import parity_rows
from training.export.publish import Reference
from training.export.publish import publish as check_and_place
from training.melanoma.checkpoints import RunFolder
from training.melanoma.export import export_onnx
from training.melanoma.framework import keras, tf
from training.melanoma.pictures import FIT, fold_labels, load_fold, load_rows
from training.melanoma.reference import save
from training.melanoma.served import Observer, ServedNetwork, for_serving, observer, run_served, with_dense_maps
from training.melanoma.tracking import log_figures
from training.novelty import FeatureSpace

logger = logging.getLogger(__name__)


def publish(config: DictConfig, network: keras.Model, prepared: Prepared) -> ModelCard:
    """Calibrates, exports, checks, measures and places ``network``. Returns the card.

    Raises ``DataError``, ``ParityError`` or ``ContractViolation``, with what was served before left as it was.
    """
    run_dir = Path(config.run_dir)
    network = for_serving(with_dense_maps(network))
    observe = observer(network)
    size, features, logits = _choose_size(config, observe, prepared)
    temperature = fit_temperature(logits, fold_labels(prepared, "calibration"))
    train_features, _ = observe(load_fold(config, prepared, "train", size))
    space = FeatureSpace.fit(train_features, config.novelty.dimensions)
    served = ServedNetwork(network, temperature, space)
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
    exported = run_dir / "exported.onnx"
    export_onnx(served, exported, size)
    card = draft_card(
        config, prepared, chosen,
        exported=exported,
        framework=f"Keras {keras.__version__} on TensorFlow {tf.__version__}",
        architecture=config.network.backbone.lower(),
    )  # fmt: skip
    pixels = load_rows(config, prepared, parity_rows(prepared, 100), size)
    placed = check_and_place(
        card,
        exported,
        reference=Reference(pixels, run_served(served, pixels)),
        question=held_out_question(config, prepared),
        elsewhere=[question_elsewhere(config, other) for other in config.elsewhere],
        run_dir=run_dir,
        weights_dir=Path(config.weights_dir),
    )
    log_figures(config, RunFolder(config).mlflow_run, placed)
    return placed


def _choose_size(
    config: DictConfig, observe: Observer, prepared: Prepared
) -> tuple[int, NDArray[np.float32], NDArray[np.float32]]:
    """The size of ``serving_sizes`` with the best calibration AUC, and features and logits of that fold at it."""
    truth, found = fold_labels(prepared, "calibration") == 1, {}
    for size in config.serving_sizes:
        features, logits = observe(load_fold(config, prepared, "calibration", size))
        found[size] = roc_auc((logits[:, 1] - logits[:, 0]).astype(np.float64), truth), features, logits
        logger.info("at %d px: calibration AUC %.4f", size, found[size][0])
    best = max(found, key=lambda size: found[size][0])
    return best, *found[best][1:]


def _shifted_logits(observe: Observer, prepared: Prepared, size: int) -> list[NDArray[np.float32]]:
    samples = fold_samples(prepared, "calibration")
    return [observe(load_shifted(samples, size, size, FIT, shift))[1] for shift in SHIFTS]
