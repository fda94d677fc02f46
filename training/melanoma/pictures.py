"""The pictures to train and calibrate on; nothing here needs TensorFlow, so mistakes are told at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hydra.utils import get_method
from numpy.typing import NDArray
from omegaconf import DictConfig

from conversion import Fit
from training.data import Prepared, Sample, load_pictures, prepare
from training.data.union import add_to_training
from training.melanoma.sets import to_join

FIT = Fit.STRETCH
"""The pictures of the ISIC set that HAM10000 has too are its 4:3 originals stretched to squares."""


def prepare_lesions(config: DictConfig) -> Prepared:
    """The samples of ``data.root`` in folds by lesion. Raises ``DataError``."""
    data = config.data
    return prepare(
        Path(data.root), data.classes, get_method(data.group_of),
        lookalike_bits=data.lookalike_bits, folds=data.folds, seed=config.seed, cache=picture_cache(config),
    )  # fmt: skip


def with_union(config: DictConfig, own: Prepared) -> Prepared:
    """``own`` and, in its training fold, the pictures of the sets in ``config.union``. Raises ``DataError``."""
    if not config.union:
        return own
    extra = to_join(config.union, config.data.classes)
    return add_to_training(own, extra, lookalike_bits=config.data.lookalike_bits, cache=picture_cache(config))


def load_samples(config: DictConfig, samples: Sequence[Sample], size: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, size, size, 3]`` of ``samples``, all known to be readable."""
    return load_pictures(samples, size, size, FIT, picture_cache(config)).pixels


def load_rows(config: DictConfig, prepared: Prepared, rows: Sequence[int], size: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, size, size, 3]`` of those samples, in that order."""
    return load_samples(config, [prepared.samples[row] for row in rows], size)


def load_fold(config: DictConfig, prepared: Prepared, fold: str, size: int) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, size, size, 3]`` of a fold, in the order of ``prepared.split``."""
    return load_rows(config, prepared, prepared.split.fold(fold), size)


def fold_samples(prepared: Prepared, fold: str) -> list[Sample]:
    """The samples of a fold, in the order of ``prepared.split``."""
    return [prepared.samples[row] for row in prepared.split.fold(fold)]


def fold_labels(prepared: Prepared, fold: str) -> NDArray[np.int64]:
    """Labels int64 ``[N]`` of a fold, in the order of ``prepared.split``."""
    labels: NDArray[np.int64] = prepared.labels[list(prepared.split.fold(fold))]
    return labels


def picture_cache(config: DictConfig) -> Path | None:
    """Where pictures are kept between runs; None for the default."""
    return Path(config.data.cache) if config.data.cache else None
