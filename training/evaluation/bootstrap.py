"""How far a figure could lie elsewhere by the chance of which patients were seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


def intervals(
    measure: Callable[[NDArray[np.intp]], Mapping[str, float]],
    groups: NDArray[np.str_],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of each figure of ``measure``, which is given row numbers.

    Whole groups (patients) are drawn with replacement, since pictures of one patient are not independent (Field and
    Welsh 2007). Resamples in which a figure is not defined are left out of its interval.
    """
    _, of_row = np.unique(groups, return_inverse=True)
    rows = np.argsort(of_row, kind="stable")
    counts = np.bincount(of_row)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    members = [rows[start : start + count] for start, count in zip(starts, counts, strict=True)]
    generator = np.random.default_rng(seed)
    drawn = [
        measure(np.concatenate([members[group] for group in generator.integers(len(members), size=len(members))]))
        for _ in range(resamples)
    ]
    return {name: _percentiles(np.array([figures[name] for figures in drawn])) for name in drawn[0]}


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)
