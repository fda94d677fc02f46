"""Training runs, one a member: everything comes from the configuration and is only put together here."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from hydra.utils import get_class, instantiate
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import MLFlowLogger
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from conversion import Fit
from training.data import Prepared, Sample, load_pictures
from training.pytorch.architectures import Normalise, build
from training.pytorch.checkpoints import StampIdentity, read_identity
from training.pytorch.classifier import ImageClassifier, Mixup
from training.pytorch.loaders import Loaders, Stage
from training.pytorch.stopping import StopAtCtrlC

logger = logging.getLogger(__name__)

FIT = Fit.STRETCH
Log = Callable[[Mapping[str, float]], None]


def train(config: DictConfig, prepared: Prepared) -> Mapping[str, Log]:
    """Trains each of ``config.members`` in turn, or goes on from its last checkpoint in ``run_dir``.

    Returns for each what takes further figures for the tracking server. Raises ``DataError``.
    """
    _quieten()
    os.nice(config.nice)
    torch.set_num_threads(config.threads)
    torch.set_flush_denormal(True)
    return {name: _train(config, prepared, name) for name in config.members}


def is_first_process() -> bool:
    """Whether this is the first, or the only one, of the processes that trained together."""
    return not torch.distributed.is_initialized() or torch.distributed.get_rank() == 0


def _train(config: DictConfig, prepared: Prepared, name: str) -> Log:
    pl.seed_everything(config.seed, workers=True, verbose=False)
    settings = OmegaConf.merge(config, config.members[name] or {})
    assert isinstance(settings, DictConfig)
    last = checkpoint_folder(config, name) / "last.ckpt"
    if last.is_file():
        read_identity(last, name, tuple(config.data.classes))
        logger.info("%s: resuming from %s (remove %s to start anew)", name, last, last.parent.parent)
    stages = [Stage(**stage) for stage in settings.stages]
    stopping = StopAtCtrlC()
    trainer: pl.Trainer = instantiate(
        settings.trainer,
        max_epochs=sum(stage.epochs for stage in stages),
        reload_dataloaders_every_n_epochs=1,
        callbacks=[stopping, *_callbacks(settings, name)],
        logger=_tracking(settings, name),
        default_root_dir=settings.run_dir,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
    with stopping, contextlib.suppress(SystemExit):  # Lightning's answer to Ctrl-C
        trainer.fit(
            _classifier(settings, prepared, name),
            datamodule=_loaders(settings, prepared, stages),
            ckpt_path=last if last.is_file() else None,
            weights_only=True,
        )
    return _log_with(trainer)


def _quieten() -> None:
    """The libraries tell about themselves; what they warn of is kept."""
    for name in ("lightning.pytorch", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=FutureWarning, module="lightning")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="lightning")


def load_size(config: DictConfig, samples: Sequence[Sample], size: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, size, size, 3]`` of ``samples``, all known to be readable."""
    return load_pictures(samples, size, size, FIT, _cache(config)).pixels


def checkpoint_folder(config: DictConfig, name: str) -> Path:
    """Where the member ``name`` keeps ``last.ckpt`` and ``best.ckpt``."""
    return Path(config.run_dir) / name / "checkpoints"


def _cache(config: DictConfig) -> Path | None:
    return Path(config.data.cache) if config.data.cache else None


def _classifier(config: DictConfig, prepared: Prepared, name: str) -> ImageClassifier:
    labels = prepared.labels[list(prepared.split.train)]
    classes = len(config.data.classes)
    loss = instantiate(config.loss)(counts=torch.from_numpy(np.bincount(labels, minlength=classes)).float())
    return ImageClassifier(
        network=build(name, outputs_of(config), config.pretrained, **config.network),
        normalise=Normalise(grey=config.data.grey),
        loss=loss,
        optimizer=instantiate(config.optimizer),
        scheduler=instantiate(config.scheduler),
        classes=classes,
        mixup=Mixup(**config.mixup),
    )


def outputs_of(config: DictConfig) -> int:
    """How many logits the loss of ``config`` takes."""
    return int(get_class(config.loss._target_).outputs_for(len(config.data.classes)))  # type: ignore[attr-defined]


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
        balance=config.balance,
    )


def _log_with(trainer: pl.Trainer) -> Log:
    def log(figures: Mapping[str, float]) -> None:
        for tracker in trainer.loggers:
            tracker.log_metrics({re.sub(r"[^\w ./-]", "", name): value for name, value in figures.items()})

    return log


class BestOfLastStage(ModelCheckpoint):
    """Keeps the best epoch of the last stage: earlier ones may score higher on the small pictures they are scored on,
    and lower on those that are served."""

    def __init__(self, first_epoch: int, **options: Any) -> None:
        # Left to itself it saves after the training epoch, and never comes to where epochs are told apart below.
        super().__init__(save_on_train_epoch_end=False, **options)
        self._first_epoch = first_epoch

    def on_validation_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if trainer.current_epoch >= self._first_epoch:
            super().on_validation_end(trainer, module)


def _callbacks(config: DictConfig, name: str) -> list[Callback]:
    checkpoint = BestOfLastStage(
        sum(stage.epochs for stage in config.stages[:-1]),
        dirpath=checkpoint_folder(config, name).resolve(),
        filename="best",
        monitor="calibration_auc",
        mode="max",
        enable_version_counter=False,
    )
    # Each epoch, whether it is better or not: where a run stops is where it goes on.
    last = ModelCheckpoint(
        dirpath=checkpoint_folder(config, name).resolve(), filename="last", save_on_train_epoch_end=True,
        enable_version_counter=False,
    )  # fmt: skip
    stamp = StampIdentity(name, tuple(config.data.classes))
    callbacks = [stamp, instantiate(config.averaging), checkpoint, last, RichProgressBar()]
    return [*callbacks, LearningRateMonitor("epoch")] if config.logger.tracking else callbacks


def _tracking(config: DictConfig, name: str) -> MLFlowLogger | bool:
    """MLflow's run of this member of ``run_dir``: resuming goes on in the same one."""
    if not config.logger.tracking:
        return False
    uri = config.logger.uri
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    kept = checkpoint_folder(config, name).parent / "mlflow_run"
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = kept.read_text(encoding="utf-8") if kept.is_file() else None
    mlflow = MLFlowLogger(experiment_name=config.name, run_name=name, tracking_uri=uri, run_id=known)
    if known is None:
        mlflow.log_hyperparams(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
        kept.write_text(str(mlflow.run_id), encoding="utf-8")
    return mlflow
