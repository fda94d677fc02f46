"""One training run, put together from the configuration: stages of growing pictures, resumed where it stopped."""

from __future__ import annotations

import logging
import os
from itertools import accumulate
from pathlib import Path

import numpy as np
from hydra.utils import get_method, instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from sklearn.metrics import roc_auc_score

from conversion import Fit
from training.data import DataError, Prepared, load_pictures, prepare
from training.melanoma.batches import AugmentedBatches
from training.melanoma.checkpoints import KeepBest, RunFolder
from training.melanoma.framework import keras, set_up
from training.melanoma.network import build_network
from training.melanoma.tracking import track

logger = logging.getLogger(__name__)

FIT = Fit.STRETCH
"""The pictures of the ISIC set that HAM10000 has too are its 4:3 originals stretched to squares."""


def train(config: DictConfig) -> tuple[keras.Model, Prepared]:
    """Trains as ``config`` says, or goes on from the last epoch kept in ``run_dir``.

    Returns the network with the weights that did best on the calibration fold at the served size, and the samples.
    """
    os.nice(config.nice)
    set_up(config.seed, config.threads)
    prepared = prepare_lesions(config)
    network = build_network(
        config.network.backbone,
        config.data.classes,
        pretrained=config.pretrained,
        dense=config.network.dense,
        dropout=config.network.dropout,
    )
    run = RunFolder(config)
    done = run.claim(prepared)
    if done:
        logger.info("resuming after epoch %d (remove %s to start anew)", done, config.run_dir)
    _compile(network, config, len(prepared.split.train))
    ends = list(accumulate(stage.epochs for stage in config.stages))
    with track(config, run.mlflow_run) as tracker:
        for stage, end in zip(config.stages, ends, strict=True):
            if done < end:
                _fit(
                    network, config, prepared, run, tracker, size=stage.size, first=done, end=end, last=end == ends[-1]
                )
                done = end
    if not run.best_weights.is_file():
        raise DataError(f"{run.best_weights} is missing though training is over. Remove {config.run_dir}, start anew.")
    network.load_weights(run.best_weights)
    return network, prepared


def prepare_lesions(config: DictConfig) -> Prepared:
    """The samples of ``data.root`` in folds by lesion."""
    data = config.data
    return prepare(
        Path(data.root), data.classes, get_method(data.group_of),
        lookalike_bits=data.lookalike_bits, folds=data.folds, seed=config.seed, cache=_cache(config),
    )  # fmt: skip


def load_fold(config: DictConfig, prepared: Prepared, fold: str, size: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, size, size, 3]`` of a fold, in the order of ``prepared.split``."""
    samples = [prepared.samples[index] for index in prepared.split.fold(fold)]
    return load_pictures(samples, size, size, FIT, _cache(config)).pixels


def fold_labels(prepared: Prepared, fold: str) -> NDArray[np.int64]:
    """Labels int64 ``[N]`` of a fold, in the order of ``prepared.split``."""
    labels: NDArray[np.int64] = prepared.labels[list(prepared.split.fold(fold))]
    return labels


def _cache(config: DictConfig) -> Path | None:
    return Path(config.data.cache) if config.data.cache else None


def _compile(network: keras.Model, config: DictConfig, pictures: int) -> None:
    steps = max(1, pictures // config.batch_size) * sum(stage.epochs for stage in config.stages)
    warmup = max(1, round(config.warmup * steps))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=config.learning_rate, warmup_steps=warmup
    )
    network.compile(
        instantiate(config.optimizer)(learning_rate=schedule),
        keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,
    )


def _fit(
    network: keras.Model,
    config: DictConfig,
    prepared: Prepared,
    run: RunFolder,
    tracker: keras.callbacks.Callback | None,
    *,
    size: int,
    first: int,
    end: int,
    last: bool,
) -> None:
    calibration, truth = load_fold(config, prepared, "calibration", size), fold_labels(prepared, "calibration")
    targets = np.eye(len(config.data.classes), dtype=np.float32)[fold_labels(prepared, "train")]
    batches = AugmentedBatches(
        load_fold(config, prepared, "train", size),
        targets,
        instantiate(config.augment),
        batch_size=config.batch_size,
        seed=config.seed,
        first_epoch=first,
    )

    def score() -> float:
        probabilities = network.predict(calibration, batch_size=config.batch_size, verbose=0)
        return float(roc_auc_score(truth, probabilities[:, 1]))

    logger.info("epochs %d to %d on pictures of %d px", first + 1, end, size)
    callbacks = [
        KeepBest(run, score, keep=last),
        *([tracker] if tracker else []),
        keras.callbacks.BackupAndRestore(str(run.backup), double_checkpoint=True, delete_checkpoint=False),
    ]
    network.fit(batches, initial_epoch=first, epochs=end, callbacks=callbacks, shuffle=False, verbose=1)
