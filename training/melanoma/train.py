"""One training run, put together from the configuration: weights to start from, then the course, resumed where it
stopped."""

from __future__ import annotations

import logging
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from omegaconf import DictConfig

from training.data import DataError, Prepared
from training.evaluation.metrics import roc_auc
from training.melanoma.checkpoints import RunFolder
from training.melanoma.course import Lesson, Stage, run_course
from training.melanoma.draw import whole_and_some
from training.melanoma.framework import keras, set_precision, set_up, tf
from training.melanoma.network import build_network, load_imagenet
from training.melanoma.pictures import fold_labels, fold_samples, load_fold
from training.melanoma.pretraining import pretrain
from training.melanoma.tracking import track

logger = logging.getLogger(__name__)

WHOLE_MODEL = ("weights.best.hdf5", "melanoma.keras")
"""What a run leaves in its folder besides the served model: the best network in Keras' old format and its own."""


def train(config: DictConfig, prepared: Prepared, own: Prepared) -> keras.Model:
    """Trains on ``prepared`` as ``config`` says, or goes on from the last epoch kept in ``run_dir``; ``own`` is
    ``prepared`` without the pictures of other sets.

    Returns the network, in float32, with the weights that did best on the calibration fold in the last stage. Raises
    ``DataError``.
    """
    os.nice(config.nice)
    set_up(config.seed, config.threads)
    set_precision(config.precision)
    strategy = instantiate(config.strategy) if config.strategy else tf.distribute.get_strategy()
    run = run_folder(config)
    stages = [Stage(**stage) for stage in config.stages]
    identity = {
        "backbone": config.network.backbone, "dense": config.network.dense, "classes": list(config.data.classes),
        "pretrained": config.pretrained, "stages": [asdict(stage) for stage in stages],
    }  # fmt: skip
    run.claim(identity, fold_samples(prepared, "train"))
    with strategy.scope():
        network = _build(config)
        if run.started:
            logger.info("resuming (remove %s to start anew)", config.run_dir)
        else:
            _start_from(network, config, prepared, run)
    with strategy.scope(), track(config, run.mlflow_run) as tracker:
        run_course(network, stages, _lesson(config, prepared, own), run=run, config=config, tracker=tracker)
    set_precision("float32")
    network = _build(config)
    run.load_best(network)
    for name in WHOLE_MODEL:
        network.save(Path(config.run_dir) / name)
    return network


def run_folder(config: DictConfig) -> RunFolder:
    """Where the state of the run of ``config`` is kept."""
    return RunFolder(Path(config.run_dir) / "checkpoints")


def _build(config: DictConfig) -> keras.Model:
    settings = config.network
    return build_network(settings.backbone, config.data.classes, dense=settings.dense, dropout=settings.dropout)


def _start_from(network: keras.Model, config: DictConfig, prepared: Prepared, run: RunFolder) -> None:
    match config.pretrained:
        case "none":
            pass
        case "imagenet":
            load_imagenet(network)
        case "dermoscopy":
            with track(config, run.mlflow_run, "pretraining ") as tracker:
                pretrain(network, config, prepared, tracker)
        case other:
            raise DataError(f"pretrained={other}: choose imagenet, dermoscopy or none.")


def _lesson(config: DictConfig, prepared: Prepared, own: Prepared) -> Lesson:
    labels, truth = fold_labels(prepared, "train"), fold_labels(prepared, "calibration") == 1

    def score(size: int, model: keras.Model) -> float:
        pixels = load_fold(config, prepared, "calibration", size)
        found = model.predict(pixels, batch_size=config.batch_size, verbose=0)
        return roc_auc(found[:, 1].astype(np.float64), truth)

    return Lesson(
        pixels=lambda size: load_fold(config, prepared, "train", size),
        targets=np.eye(len(config.data.classes), dtype=np.float32)[labels],
        draw=lambda stage: whole_and_some(len(own.split.train), labels, stage.union),
        score=score,
    )
