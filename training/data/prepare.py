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
    """Lists ``root``, drops unreadable files and copies, merges lookalikes' groups, splits by group.

    Raises ``DataError`` for folders that cannot be used and ``LeakError`` should a split ever share a group.
    """
    listed = list_samples(root, classes, group_of)
    loaded = load_pictures(listed, LOOK_SIDE, LOOK_SIDE, Fit.STRETCH, cache)
    kept = drop_copies(loaded.samples)
    row_of = {sample.path: row for row, sample in enumerate(loaded.samples)}
    rows = [row_of[sample.path] for sample in kept.samples]
    samples = merge_lookalikes(kept.samples, loaded.pixels[rows], lookalike_bits)
    before = {sample.group for sample in kept.samples}
    after = {sample.group for sample in samples}
    split = split_folds(samples, folds, seed)
    counts = Counter(classes[sample.label] for sample in samples)
    logger.info(
        "%d pictures (%s) of %d groups; left out: %d copies, %d contradictory, %d unreadable; %d groups merged",
        len(samples), ", ".join(f"{name} {counts[name]}" for name in classes), len(after),
        kept.copies, kept.contradictory, len(loaded.skipped), len(before) - len(after),
    )  # fmt: skip
    return Prepared(samples, split, kept.copies, kept.contradictory, len(loaded.skipped), len(before) - len(after))
