"""One training run, put together from the configuration: stages of growing pictures, resumed where it stopped."""

from __future__ import annotations

import logging
import os
from itertools import accumulate

import numpy as np
from hydra.utils import instantiate
from omegaconf import DictConfig
from sklearn.metrics import roc_auc_score

from training.data import Prepared
from training.melanoma.batches import AugmentedBatches
from training.melanoma.checkpoints import KeepBest, RunFolder
from training.melanoma.framework import keras, set_up
from training.melanoma.network import build_network
from training.melanoma.pictures import fold_labels, load_fold
from training.melanoma.tracking import track

logger = logging.getLogger(__name__)


def train(config: DictConfig, prepared: Prepared) -> keras.Model:
    """Trains as ``config`` says, or goes on from the last epoch kept in ``run_dir``.

    Returns the network with the weights that did best on the calibration fold in the last stage. Raises ``DataError``.
    """
    os.nice(config.nice)
    set_up(config.seed, config.threads)
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
    run.load_best(network)
    return network


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
