"""A course of training: stages one after the other, each with its own picture size, schedule and trained part."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig

from training.melanoma.batches import AugmentedBatches
from training.melanoma.checkpoints import KeepBest, RunFolder
from training.melanoma.draw import Draw
from training.melanoma.framework import keras
from training.melanoma.network import train_only

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """``epochs`` on pictures of ``size`` x ``size`` pixels. ``learning_rate`` is the peak of the stage's schedule.
    ``train`` is the part of the network that learns (``training.melanoma.network.PARTS``), ``mixup`` the parameter of
    mixup's beta distribution, 0 for none; ``union`` is how many pictures of further sets an epoch shows besides."""

    epochs: int
    size: int
    learning_rate: float
    train: str = "all"
    mixup: float = 0.0
    union: int = 0


@dataclass(frozen=True)
class Lesson:
    """What is learnt: ``pixels(size)`` are the pictures uint8 ``[N, size, size, 3]`` with ``targets`` float32
    ``[N, C]``, of which an epoch shows ``draw(stage)``; ``score(size, model)`` says how good a model is by now."""

    pixels: Callable[[int], NDArray[np.uint8]]
    targets: NDArray[np.float32]
    draw: Callable[[Stage], Draw]
    score: Callable[[int, keras.Model], float]


def run_course(
    network: keras.Model,
    stages: Sequence[Stage],
    lesson: Lesson,
    *,
    run: RunFolder,
    config: DictConfig,
    tracker: keras.callbacks.Callback | None,
) -> None:
    """Takes ``network`` through ``stages``, going on from what ``run`` holds; the best weights of the last stage are
    kept there. Raises ``DataError``."""
    done = run.stages_done()
    if 0 < done <= len(stages):
        run.load_stage(done, network)
    ends = list(accumulate(stage.epochs for stage in stages))
    for number, (stage, end) in enumerate(zip(stages, ends, strict=True), start=1):
        if number <= done:
            continue
        begin = end - stage.epochs
        first = max(begin, run.epochs_done(number))
        if first > begin:
            logger.info("resuming after epoch %d", first)
        logger.info("epochs %d to %d on pictures of %d px", first + 1, end, stage.size)
        draw = lesson.draw(stage)
        _compile(network, stage, config, len(draw))
        callbacks = _callbacks(
            run, number, partial(lesson.score, stage.size),
            averaged=network.optimizer.use_ema, last=number == len(stages),
        )  # fmt: skip
        batches = AugmentedBatches(
            lesson.pixels(stage.size), lesson.targets, draw, instantiate(config.augment),
            batch_size=config.batch_size, mixup=stage.mixup, seed=config.seed, first_epoch=first,
        )  # fmt: skip
        if first < end:
            network.fit(
                batches,
                initial_epoch=first,
                epochs=end,
                callbacks=[*callbacks, *([tracker] if tracker else [])],
                shuffle=False,
                verbose=2,
            )
        run.finish(number, network)


def _compile(network: keras.Model, stage: Stage, config: DictConfig, pictures: int) -> None:
    steps = max(1, pictures // config.batch_size) * stage.epochs
    train_only(network, stage.train)
    network.compile(
        instantiate(config.optimizer)(learning_rate=_schedule(stage, config.schedule, steps)),
        instantiate(config.loss),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
    # A first step that had to make variables would be traced twice, and traced is 30 000 operations.
    network.optimizer.build(network.trainable_variables)


def _schedule(
    stage: Stage, schedule: DictConfig, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Constant, or up to the stage's learning rate and down to zero as a cosine."""
    if schedule.name == "constant":
        return stage.learning_rate
    warmup = max(1, round(schedule.warmup * steps))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=stage.learning_rate, warmup_steps=warmup
    )


def _callbacks(
    run: RunFolder, number: int, score: Callable[[keras.Model], float], *, averaged: bool, last: bool
) -> list[keras.callbacks.Callback]:
    """In the order that matters: the backup holds the weights being trained, what is scored and kept their average."""
    backup = keras.callbacks.BackupAndRestore(str(run.backup(number)), double_checkpoint=True, delete_checkpoint=False)
    average = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if averaged else []
    return [backup, *average, KeepBest(run, score, keep=last)]
