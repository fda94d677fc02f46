"""From the best checkpoints to the served model: calibration, export, card."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from scipy.special import softmax

from models.card import ModelCard
from training.calibration import (
    choose_cuts,
    class_weights,
    fit_shared_temperature,
    fit_temperature,
    novelty_threshold,
)
from training.data import Prepared
from training.evaluation.metrics import mean_auc
from training.evaluation.shifts import SHIFTS, load_shifted
from training.export.card_builder import (
    Chosen,
    draft_card,
    fold_samples,
    held_out_question,
    positive_rows,
    question_elsewhere,
)
from training.export.card_writer import Exported
from training.export.narrow import store_narrow
from training.export.parity import parity_rows
from training.export.publish import publish
from training.novelty import FeatureSpace
from training.pytorch.architectures import build
from training.pytorch.checkpoints import load_network, read_identity
from training.pytorch.fit import FIT, checkpoint_folder, load_size, outputs_of
from training.pytorch.reference import save
from training.pytorch.served import Backbone, ServedNetwork, export_onnx, features_and_logits, run_served

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observed:
    """What a member makes of some pictures: pooled ``features`` ``[N, D]`` and ``logits`` ``[N, C]``."""

    features: NDArray[np.float32]
    logits: NDArray[np.float32]


def publish_best(config: DictConfig, prepared: Prepared) -> ModelCard:
    """Calibrates, exports, checks, measures and places the best checkpoints of the run as one model. Returns the card.

    Raises ``DataError``, ``ParityError`` or ``ContractViolation``.
    """
    run_dir = Path(config.run_dir)
    members = {name: _member(config, name) for name in config.members}
    train, calibration = (fold_samples(prepared, name) for name in ("train", "calibration"))
    labels = np.array([sample.label for sample in calibration])

    size, seen = _choose_size(config, prepared, members)
    _log_loss_of_rounding(config, prepared, size, seen, labels)
    weights = class_weights(labels, config.calibration.balance)
    alone = {name: fit_temperature(found.logits, labels, weights) for name, found in seen.items()}
    shared = fit_shared_temperature([found.logits / alone[name] for name, found in seen.items()], labels, weights)
    temperatures = {name: alone[name] * shared for name in members}
    pixels = load_size(config, train, size)
    spaces = {
        name: FeatureSpace.fit(_observe(backbone, pixels).features, config.novelty.dimensions)
        for name, backbone in members.items()
    }
    served = {name: ServedNetwork(members[name], temperatures[name], spaces[name]).eval() for name in members}
    with torch.inference_mode():
        novelty = np.mean(
            [served[name].novelty(torch.from_numpy(found.features)).numpy() for name, found in seen.items()], axis=0
        )
    conditions = [seen] + [_observe_all(members, load_shifted(calibration, size, size, FIT, shift)) for shift in SHIFTS]
    positive = positive_rows(config)
    cuts = choose_cuts(
        [_mean_probabilities(found, temperatures)[:, positive].sum(axis=1) for found in conditions],
        np.isin(labels, positive),
        instantiate(config.aims),
    )

    method = next(iter(spaces.values())).method
    temperature = float(np.mean(list(temperatures.values())))
    chosen = Chosen(size, FIT, temperature, cuts, method, novelty_threshold(novelty, config.novelty.quantile))
    rows = parity_rows(prepared, 100)
    pixels = load_size(config, [prepared.samples[row] for row in rows], size)
    exported = []
    for name, network in served.items():
        path = checkpoint_folder(config, name).parent / "exported.onnx"
        save(network, name, path.parent, grey=config.data.grey)
        export_onnx(network, path, size)
        store_narrow(path)
        exported.append(Exported(path, name, run_served(network, pixels)))
    card = draft_card(
        config, prepared, chosen, exported=exported, framework=f"PyTorch {torch.__version__.partition('+')[0]}"
    )
    return publish(
        card,
        exported,
        pixels,
        calibration=fold_samples(prepared, "calibration"),
        question=held_out_question(config, prepared),
        elsewhere=[question_elsewhere(config, other) for other in config.elsewhere],
        run_dir=run_dir,
        weights_dir=Path(config.weights_dir),
    )


def _member(config: DictConfig, name: str, *, narrow: bool = True) -> Backbone:
    best = checkpoint_folder(config, name) / "best.ckpt"
    read_identity(best, name, tuple(config.data.classes))
    outputs = outputs_of(config)
    network = load_network(best, build(name, outputs, "none", dense_maps=True))
    return Backbone(network, name, grey=config.data.grey, narrow=narrow)


def _observe(backbone: Backbone, pixels: NDArray[np.uint8]) -> Observed:
    return Observed(*features_and_logits(backbone, pixels))


def _observe_all(members: Mapping[str, Backbone], pixels: NDArray[np.uint8]) -> dict[str, Observed]:
    return {name: _observe(backbone, pixels) for name, backbone in members.items()}


def _mean_probabilities(seen: Mapping[str, Observed], temperatures: Mapping[str, float]) -> Floats:
    """Probabilities float64 ``[N, C]`` as the ensemble gives them."""
    each = [softmax(found.logits.astype(np.float64) / temperatures[name], axis=1) for name, found in seen.items()]
    mean: Floats = np.mean(each, axis=0)
    return mean


def _choose_size(
    config: DictConfig, prepared: Prepared, members: Mapping[str, Backbone]
) -> tuple[int, dict[str, Observed]]:
    """The size of ``serving_sizes`` with the best calibration AUC, and what the members see of that fold at it."""
    calibration = fold_samples(prepared, "calibration")
    labels = np.array([sample.label for sample in calibration])
    seen, scores = {}, {}
    for size in config.serving_sizes:
        seen[size] = _observe_all(members, load_size(config, calibration, size))
        scores[size] = mean_auc(_mean_probabilities(seen[size], dict.fromkeys(members, 1.0)), labels)
        logger.info("at %d px: calibration AUC %.4f", size, scores[size])
    best = max(scores, key=lambda size: scores[size])
    return best, seen[best]


def _log_loss_of_rounding(
    config: DictConfig, prepared: Prepared, size: int, seen: Mapping[str, Observed], labels: NDArray[np.int64]
) -> None:
    """What 8-bit kernels cost each member, on the calibration fold."""
    pixels = load_size(config, fold_samples(prepared, "calibration"), size)
    for name, found in seen.items():
        exact = softmax(_observe(_member(config, name, narrow=False), pixels).logits.astype(np.float64), axis=1)
        rounded = softmax(found.logits.astype(np.float64), axis=1)
        logger.info(
            "%s: calibration AUC %.4f with float32 kernels, %.4f with 8-bit ones, largest change of a probability %.4f",
            name, mean_auc(exact, labels), mean_auc(rounded, labels), float(np.abs(exact - rounded).max()),
        )  # fmt: skip
