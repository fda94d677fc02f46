"""One training run: everything comes from the configuration and is only put together here."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import torch
from hydra.utils import instantiate
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import MLFlowLogger
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from conversion import Fit
from training.data import Prepared, Sample, load_pictures, prepare
from training.pneumonia.checkpoints import StampIdentity, read_identity
from training.pneumonia.classifier import PneumoniaClassifier
from training.pneumonia.loaders import Loaders, Stage
from training.pneumonia.network import architecture
from training.pneumonia.patients import patient_of

logger = logging.getLogger(__name__)

FIT = Fit.STRETCH


def train(config: DictConfig) -> None:
    """Trains as ``config`` says, or goes on from ``run_dir``'s last checkpoint, then publishes the best one."""
    os.nice(config.nice)
    torch.set_num_threads(config.threads)
    torch.set_flush_denormal(True)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    prepared = prepare_xrays(config)
    last = checkpoint_folder(config) / "last.ckpt"
    if last.is_file():
        read_identity(last, architecture(config.network.layers), tuple(config.data.classes))
        logger.info("resuming from %s (remove %s to start anew)", last, config.run_dir)
    stages = [Stage(**stage) for stage in config.stages]
    trainer: pl.Trainer = instantiate(
        config.trainer,
        max_epochs=sum(stage.epochs for stage in stages),
        reload_dataloaders_every_n_epochs=1,
        callbacks=_callbacks(config),
        logger=_tracking(config),
        default_root_dir=config.run_dir,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
    trainer.fit(_classifier(config, prepared), datamodule=_loaders(config, prepared, stages), ckpt_path=_existing(last))


def prepare_xrays(config: DictConfig) -> Prepared:
    """The samples of ``data.root`` in folds by patient."""
    data = config.data
    return prepare(
        Path(data.root), data.classes, patient_of,
        lookalike_bits=data.lookalike_bits, folds=data.folds, seed=config.seed, cache=_cache(config),
    )  # fmt: skip


def load_size(config: DictConfig, samples: Sequence[Sample], size: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, size, size, 3]`` of ``samples``, all known to be readable."""
    return load_pictures(samples, size, size, FIT, _cache(config)).pixels


def checkpoint_folder(config: DictConfig) -> Path:
    return Path(config.run_dir) / "checkpoints"


def _cache(config: DictConfig) -> Path | None:
    return Path(config.data.cache) if config.data.cache else None


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None


def _classifier(config: DictConfig, prepared: Prepared) -> PneumoniaClassifier:
    labels = prepared.labels[list(prepared.split.train)]
    weight = float((labels == 0).sum() / (labels == 1).sum())
    network = instantiate(config.network)
    return PneumoniaClassifier(network, instantiate(config.optimizer), instantiate(config.scheduler), weight)


def _loaders(config: DictConfig, prepared: Prepared, stages: Sequence[Stage]) -> Loaders:
    train, calibration = (
        [prepared.samples[index] for index in prepared.split.fold(name)] for name in ("train", "calibration")
    )
    logger.info("training on %d pictures, calibrating on %d", len(train), len(calibration))
    return Loaders(
        train=train,
        calibration=calibration,
        load=lambda samples, size: load_size(config, samples, size),
        stages=stages,
        augment=instantiate(config.augment),
        batch_size=config.batch_size,
        workers=config.workers,
    )


def _callbacks(config: DictConfig) -> list[Callback]:
    checkpoint = ModelCheckpoint(
        dirpath=checkpoint_folder(config).resolve(),
        filename="best",
        monitor="calibration_auc",
        mode="max",
        save_last=True,
        enable_version_counter=False,
    )
    stamp = StampIdentity(architecture(config.network.layers), tuple(config.data.classes))
    callbacks = [stamp, instantiate(config.averaging), checkpoint, RichProgressBar()]
    return [*callbacks, LearningRateMonitor("epoch")] if config.tracking else callbacks


def _tracking(config: DictConfig) -> MLFlowLogger | bool:
    if not config.tracking:
        return False
    if config.tracking_uri.startswith("sqlite:///"):
        Path(config.tracking_uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    mlflow = MLFlowLogger(experiment_name=config.name, tracking_uri=config.tracking_uri)
    mlflow.log_hyperparams(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
    return mlflow
