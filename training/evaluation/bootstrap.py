"""How far a figure could lie elsewhere by the chance of which patients were seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


def intervals(
    measure: Callable[[NDArray[np.float64]], Mapping[str, float]],
    groups: NDArray[np.str_],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of each figure of ``measure``, which is given how often each row is drawn, ``[N]``.

    Whole groups (patients) are drawn with replacement, since pictures of one patient are not independent (Field and
    Welsh 2007). Resamples in which a figure is not defined are left out of its interval. The same ``groups`` and
    ``seed`` give the same resamples.
    """
    names, of_row = np.unique(groups, return_inverse=True)
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        counts = np.bincount(generator.integers(len(names), size=len(names)), minlength=len(names))
        drawn.append(measure(counts[of_row].astype(np.float64)))
    return {name: _percentiles(np.array([figures[name] for figures in drawn])) for name in drawn[0]}


def _percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)
