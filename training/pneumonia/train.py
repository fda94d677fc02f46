"""One training run: everything comes from the configuration and is only put together here."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from hydra.utils import instantiate
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import MLFlowLogger
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from conversion import Fit
from training.data import Prepared, Sample, load_pictures
from training.evaluation.datasets import prepare_folds
from training.pneumonia.checkpoints import StampIdentity, read_identity
from training.pneumonia.classifier import PneumoniaClassifier
from training.pneumonia.loaders import Loaders, Stage
from training.pneumonia.network import architecture

logger = logging.getLogger(__name__)

FIT = Fit.STRETCH


@dataclass(frozen=True)
class Trained:
    """``data`` in its folds; ``log`` takes further figures by name, for the tracking server."""

    data: Prepared
    log: Callable[[Mapping[str, float]], None]


def train(config: DictConfig) -> Trained:
    """Trains as ``config`` says, or goes on from ``run_dir``'s last checkpoint. Raises ``DataError``."""
    _quieten()
    os.nice(config.nice)
    torch.set_num_threads(config.threads)
    torch.set_flush_denormal(True)
    pl.seed_everything(config.seed, workers=True, verbose=False)
    prepared = prepare_folds(config.data, config.seed)
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
    return Trained(prepared, _log_with(trainer))


def _quieten() -> None:
    """The libraries tell about themselves; what they warn of is kept."""
    for name in ("lightning.pytorch", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=FutureWarning, module="lightning")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="lightning")


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


def _log_with(trainer: pl.Trainer) -> Callable[[Mapping[str, float]], None]:
    def log(figures: Mapping[str, float]) -> None:
        for tracker in trainer.loggers:
            tracker.log_metrics({re.sub(r"[^\w ./-]", "", name): value for name, value in figures.items()})

    return log


class BestOfLastStage(ModelCheckpoint):
    """Keeps the best epoch of the last stage: earlier ones may score higher on the small pictures they are scored on,
    and lower on those that are served."""

    def __init__(self, first_epoch: int, **options: Any) -> None:
        super().__init__(**options)
        self._first_epoch = first_epoch

    def on_validation_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if trainer.current_epoch >= self._first_epoch:
            super().on_validation_end(trainer, module)


def _callbacks(config: DictConfig) -> list[Callback]:
    checkpoint = BestOfLastStage(
        sum(stage.epochs for stage in config.stages[:-1]),
        dirpath=checkpoint_folder(config).resolve(),
        filename="best",
        monitor="calibration_auc",
        mode="max",
        enable_version_counter=False,
    )
    # Each epoch, whether it is better or not: where a run stops is where it goes on.
    last = ModelCheckpoint(
        dirpath=checkpoint_folder(config).resolve(), filename="last", save_on_train_epoch_end=True,
        enable_version_counter=False,
    )  # fmt: skip
    stamp = StampIdentity(architecture(config.network.layers), tuple(config.data.classes))
    callbacks = [stamp, instantiate(config.averaging), checkpoint, last, RichProgressBar()]
    return [*callbacks, LearningRateMonitor("epoch")] if config.tracking else callbacks


def _tracking(config: DictConfig) -> MLFlowLogger | bool:
    """MLflow's run of this ``run_dir``: resuming goes on in the same one."""
    if not config.tracking:
        return False
    if config.tracking_uri.startswith("sqlite:///"):
        Path(config.tracking_uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    kept = Path(config.run_dir) / "mlflow_run"
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = kept.read_text(encoding="utf-8") if kept.is_file() else None
    mlflow = MLFlowLogger(experiment_name=config.name, tracking_uri=config.tracking_uri, run_id=known)
    if known is None:
        mlflow.log_hyperparams(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
        kept.write_text(str(mlflow.run_id), encoding="utf-8")
    return mlflow
