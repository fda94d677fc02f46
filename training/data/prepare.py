"""From a folder to samples in folds: the one order in which listing, deduplication and splitting are done."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from conversion import Fit
from training.data.duplicates import drop_copies, merge_lookalikes
from training.data.folds import Split, split_folds
from training.data.pictures import load_pictures
from training.data.samples import Sample, list_samples

logger = logging.getLogger(__name__)

LOOK_SIDE = 68
"""Pictures are compared at this size, four pixels for each cell of the hash."""


@dataclass(frozen=True)
class Prepared:
    """``samples`` in a stable order with ``split`` indexing them; counts of what was left out, for the card."""

    samples: list[Sample]
    split: Split
    copies: int
    contradictory: int
    skipped: int
    merged_groups: int

    @property
    def labels(self) -> NDArray[np.int64]:
        return np.array([sample.label for sample in self.samples], dtype=np.int64)

    @property
    def groups(self) -> NDArray[np.str_]:
        return np.array([sample.group for sample in self.samples])


@dataclass(frozen=True)
class Gathered:
    """``samples`` of a folder in a stable order, and counts of what was left out or merged."""

    samples: list[Sample]
    copies: int
    contradictory: int
    skipped: int
    merged_groups: int


def gather(
    root: Path,
    classes: Sequence[str],
    group_of: Callable[[Path], str],
    *,
    lookalike_bits: int,
    cache: Path | None = None,
) -> Gathered:
    """Lists ``root``, drops unreadable files and copies, merges lookalikes' groups.

    Raises ``DataError`` for folders that cannot be used.
    """
    listed = list_samples(root, classes, group_of)
    loaded = load_pictures(listed, LOOK_SIDE, LOOK_SIDE, Fit.STRETCH, cache)
    kept = drop_copies(loaded.samples)
    row_of = {sample.path: row for row, sample in enumerate(loaded.samples)}
    rows = [row_of[sample.path] for sample in kept.samples]
    samples = merge_lookalikes(kept.samples, loaded.pixels[rows], lookalike_bits)
    groups = len({sample.group for sample in samples})
    merged = len({sample.group for sample in kept.samples}) - groups
    counts = Counter(classes[sample.label] for sample in samples)
    logger.info(
        "%d pictures (%s) of %d groups; left out: %d copies, %d contradictory, %d unreadable; %d groups merged",
        len(samples), ", ".join(f"{name} {counts[name]}" for name in classes), groups,
        kept.copies, kept.contradictory, len(loaded.skipped), merged,
    )  # fmt: skip
    return Gathered(samples, kept.copies, kept.contradictory, len(loaded.skipped), merged)


def prepare(
    root: Path,
    classes: Sequence[str],
    group_of: Callable[[Path], str],
    *,
    lookalike_bits: int,
    folds: int = 5,
    seed: int = 0,
    cache: Path | None = None,
) -> Prepared:
    """``gather``, then a split into folds by group. Raises ``DataError``, and ``LeakError`` should a group be torn."""
    found = gather(root, classes, group_of, lookalike_bits=lookalike_bits, cache=cache)
    split = split_folds(found.samples, folds, seed)
    return Prepared(found.samples, split, found.copies, found.contradictory, found.skipped, found.merged_groups)
