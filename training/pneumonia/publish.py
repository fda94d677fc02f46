"""From the best checkpoint to the served model: calibration, export, card."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig

from models.card import ModelCard
from training.calibration import choose_cuts, fit_temperature, novelty_threshold
from training.data import Prepared, Sample
from training.evaluation.metrics import roc_auc
from training.evaluation.shifts import SHIFTS, load_shifted
from training.export.card_builder import Chosen, draft_card, fold_samples, held_out_question, question_elsewhere
from training.export.half import store_as_half
from training.export.parity import parity_rows
from training.export.publish import Reference, publish
from training.novelty import FeatureSpace
from training.pneumonia.checkpoints import load_network, read_identity
from training.pneumonia.network import architecture, build_resnet
from training.pneumonia.reference import save
from training.pneumonia.served import (
    ServedNetwork,
    export_onnx,
    features_and_logits,
    for_serving,
    run_served,
)
from training.pneumonia.train import FIT, checkpoint_folder, load_size

logger = logging.getLogger(__name__)


def publish_best(config: DictConfig, prepared: Prepared) -> ModelCard:
    """Calibrates, exports, checks, measures and places the best checkpoint of the run. Returns the card.

    Raises ``DataError``, ``ParityError`` or ``ContractViolation``.
    """
    layers, run_dir = list(config.network.layers), Path(config.run_dir)
    best = checkpoint_folder(config) / "best.ckpt"
    read_identity(best, architecture(layers), tuple(config.data.classes))
    network = for_serving(load_network(best, build_resnet(layers, "none", dense_maps=True)))
    train, calibration = (fold_samples(prepared, name) for name in ("train", "calibration"))
    labels = np.array([sample.label for sample in calibration])

    size, features, logits = _choose_size(config, network, calibration, labels)
    temperature = fit_temperature(np.stack([np.zeros_like(logits), logits], axis=1), labels)
    space = FeatureSpace.fit(features_and_logits(network, load_size(config, train, size))[0], config.novelty.dimensions)
    served = ServedNetwork(network, temperature, space)
    with torch.inference_mode():
        novelty = served.novelty(torch.from_numpy(features)).numpy()
    conditions = [logits] + [
        features_and_logits(network, load_shifted(calibration, size, size, FIT, shift))[1] for shift in SHIFTS
    ]
    cuts = choose_cuts(
        [1 / (1 + np.exp(-found.astype(np.float64) / temperature)) for found in conditions],
        labels == 1,
        instantiate(config.aims),
    )

    chosen = Chosen(size, FIT, temperature, cuts, space.method, novelty_threshold(novelty, config.novelty.quantile))
    save(served, layers, run_dir)
    exported = run_dir / "exported.onnx"
    export_onnx(served, exported, size)
    store_as_half(exported)
    card = draft_card(
        config, prepared, chosen,
        exported=exported,
        framework=f"PyTorch {torch.__version__.partition('+')[0]}",
        architecture=architecture(layers),
    )  # fmt: skip
    rows = parity_rows(prepared, 100)
    pixels = load_size(config, [prepared.samples[row] for row in rows], size)
    return publish(
        card,
        exported,
        reference=Reference(pixels, run_served(served, pixels)),
        question=held_out_question(config, prepared),
        elsewhere=[question_elsewhere(config, other) for other in config.elsewhere],
        run_dir=run_dir,
        weights_dir=Path(config.weights_dir),
    )


def _choose_size(
    config: DictConfig, network: torch.nn.Module, calibration: list[Sample], labels: NDArray[np.int64]
) -> tuple[int, NDArray[np.float32], NDArray[np.float32]]:
    """The size of ``serving_sizes`` with the best calibration AUC, and features and logits of that fold at it."""
    found = {}
    for size in config.serving_sizes:
        found[size] = features_and_logits(network, load_size(config, calibration, size))
        logger.info("at %d px: calibration AUC %.4f", size, roc_auc(found[size][1].astype(np.float64), labels == 1))
    best = max(found, key=lambda size: roc_auc(found[size][1].astype(np.float64), labels == 1))
    return best, *found[best]
