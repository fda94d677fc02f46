"""Dermoscopy pretraining: the backbone learns HAM10000's seven classes where ImageNet weights cannot be had."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from omegaconf import DictConfig

from training.data import Prepared
from training.data.union import keep_apart
from training.evaluation.metrics import roc_auc
from training.melanoma.checkpoints import RunFolder
from training.melanoma.course import Lesson, Stage, run_course
from training.melanoma.draw import evened
from training.melanoma.framework import keras
from training.melanoma.network import backbone_of, build_network
from training.melanoma.pictures import fold_labels, load_fold, load_samples, picture_cache
from training.melanoma.sets import DIAGNOSES, MALIGNANT, to_pretrain

logger = logging.getLogger(__name__)


def pretrain(
    network: keras.Model, config: DictConfig, prepared: Prepared, tracker: keras.callbacks.Callback | None
) -> None:
    """Gives the backbone of ``network`` weights that know the kinds of lesions in ``config.pretraining.sets``.

    Nothing that tells about a held-out picture of ``prepared`` is shown. Goes on where it was interrupted, in
    ``run_dir/pretraining``; an earlier run's folder may be given as ``config.pretraining.run_dir``. Raises
    ``DataError``.
    """
    samples, meanings = to_pretrain(config.pretraining.sets)
    apart = keep_apart(prepared, samples, lookalike_bits=config.data.lookalike_bits, cache=picture_cache(config))
    labels = np.array([sample.label for sample in apart.samples])
    run = RunFolder(Path(config.pretraining.run_dir))
    identity = {"backbone": config.network.backbone, "dense": config.network.dense, "classes": list(DIAGNOSES)}
    run.claim(identity, apart.samples)
    learner = build_network(
        config.network.backbone, DIAGNOSES, dense=config.network.dense, dropout=config.network.dropout
    )
    truth = fold_labels(prepared, "calibration") == 1
    malignant = [DIAGNOSES.index(name) for name in MALIGNANT]

    def score(size: int, model: keras.Model) -> float:
        """How well the malignant diagnoses together find the main set's malignant pictures."""
        pixels = load_fold(config, prepared, "calibration", size)
        found = model.predict(pixels, batch_size=config.batch_size, verbose=0)
        return roc_auc(found[:, malignant].sum(axis=1).astype(np.float64), truth)

    lesson = Lesson(
        pixels=lambda size: load_samples(config, apart.samples, size),
        targets=meanings[labels],
        draw=lambda _: evened(labels, config.pretraining.pictures_per_epoch),
        score=score,
    )
    run_course(
        learner,
        [Stage(**stage) for stage in config.pretraining.stages],
        lesson,
        run=run,
        config=config,
        tracker=tracker,
    )
    run.load_best(learner)
    backbone_of(network).set_weights(backbone_of(learner).get_weights())
