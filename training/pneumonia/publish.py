"""From the best checkpoint to the served model: calibration, export, card."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from conversion import measure_quality, open_picture
from models.card import Calibration, DataSource, InputSpec, Label, ModelCard, Novelty, Thresholds
from training.calibration import choose_cuts, fit_temperature, novelty_threshold, quality_limits
from training.data import Prepared, Sample
from training.evaluation.datasets import samples_of, shown
from training.evaluation.metrics import roc_auc
from training.evaluation.report import Question
from training.evaluation.shifts import SHIFTS, load_shifted
from training.export.card_writer import weights_file
from training.export.half import store_as_half
from training.export.parity import parity_rows
from training.export.publish import Reference, publish
from training.pneumonia.checkpoints import load_network, read_identity
from training.pneumonia.network import architecture, build_resnet
from training.pneumonia.reference import save
from training.pneumonia.served import (
    FeatureSpace,
    ServedNetwork,
    export_onnx,
    features_and_logits,
    for_serving,
    run_served,
)
from training.pneumonia.train import FIT, checkpoint_folder, load_size

logger = logging.getLogger(__name__)

CALIBRATION_FOLD = "calibration fold"


def publish_best(config: DictConfig, prepared: Prepared) -> ModelCard:
    """Calibrates, exports, checks, measures and places the best checkpoint of the run. Returns the card.

    Raises ``DataError``, ``ParityError`` or ``ContractViolation``.
    """
    layers, run_dir = list(config.network.layers), Path(config.run_dir)
    best = checkpoint_folder(config) / "best.ckpt"
    read_identity(best, architecture(layers), tuple(config.data.classes))
    network = for_serving(load_network(best, build_resnet(layers, "none")))
    train, calibration = (_fold(prepared, name) for name in ("train", "calibration"))
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

    save(served, layers, run_dir)
    exported = run_dir / "exported.onnx"
    export_onnx(served, exported, size)
    store_as_half(exported)
    entry = weights_file(exported, architecture(layers))
    card = ModelCard(
        name=config.name,
        version=config.version,
        created=datetime.now(UTC).date(),
        framework=f"PyTorch {torch.__version__.partition('+')[0]}",
        modality=config.card.modality,
        files=(entry.model_copy(update={"path": f"{entry.architecture}-{entry.sha256[:8]}.onnx"}),),
        input=InputSpec(height=size, width=size, fit=FIT),
        labels=tuple(Label(**label) for label in config.card.labels),
        thresholds=Thresholds(
            positive=tuple(config.card.positive),
            unsuspicious_below=cuts.unsuspicious_below,
            suspicious_from=cuts.suspicious_from,
            chosen_on=CALIBRATION_FOLD,
            rule=cuts.rule,
        ),
        calibration=Calibration(temperature=temperature, chosen_on=CALIBRATION_FOLD),
        novelty=Novelty(
            method=f"Mahalanobis distance of the pooled features under probabilistic PCA with {space.axes.shape[1]} "
            "axes, fitted to the training fold (Tipping and Bishop 1999), per square root of dimensions",
            threshold=novelty_threshold(novelty, config.novelty.quantile),
            quantile=config.novelty.quantile,
            chosen_on=CALIBRATION_FOLD,
        ),
        quality=quality_limits(
            [measure_quality(open_picture(sample.path.read_bytes())) for sample in train],
            config.card.min_side,
            config.card.colour,
        ),
        data=(_source(config, prepared),),
        intended_use=config.card.intended_use,
        limits=tuple(config.card.limits),
    )
    rows = parity_rows(prepared, 100)
    pixels = load_size(config, [prepared.samples[row] for row in rows], size)
    return publish(
        card,
        exported,
        reference=Reference(pixels, run_served(served, pixels)),
        question=_question(config, _fold(prepared, "test"), "test", Path(config.data.root), ""),
        elsewhere=[_elsewhere(config, other) for other in config.elsewhere],
        run_dir=run_dir,
        weights_dir=Path(config.weights_dir),
    )


def _fold(prepared: Prepared, name: str) -> list[Sample]:
    return [prepared.samples[index] for index in prepared.split.fold(name)]


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


def _source(config: DictConfig, prepared: Prepared) -> DataSource:
    train, calibration, test = (len(prepared.split.fold(name)) for name in ("train", "calibration", "test"))
    return DataSource(
        name=config.card.data_name,
        source=config.card.source,
        licence=config.card.licence,
        pictures=len(prepared.samples),
        split=f"by patient, by hash, {config.data.folds} folds: {test} pictures test, {calibration} calibrate, {train} "
        f"train; {prepared.copies} copies left out; lookalikes kept on one side",
    )


def _question(config: DictConfig, samples: list[Sample], fold: str, root: Path, options: str) -> Question:
    command = f"python -m training.evaluate model={config.name} data.root={shown(root)}{options}"
    cache = Path(config.data.cache) if config.data.cache else None
    return Question(samples, fold, shift=False, resamples=config.resamples, command=command, cache=cache)


def _elsewhere(config: DictConfig, other: DictConfig) -> Question:
    data = OmegaConf.merge(config.data, {"root": other.root, "classes": other.classes})
    assert isinstance(data, DictConfig)
    samples = samples_of(data, config.seed, "all")
    options = f" data.classes=[{','.join(other.classes)}] fold=all"
    return _question(config, samples, other.name, Path(other.root), options)
