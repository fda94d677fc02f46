"""Times as their quantiles, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

QUANTILES = (0.5, 0.95, 0.99)
RESAMPLES = 2_000
NUMBERS_AT_ONCE = 2_000_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One line of a table: ``times`` in milliseconds by what was timed, one value a sample."""

    name: str
    times: Mapping[str, Sequence[float]]

    def as_json(self) -> dict[str, object]:
        """Counts and quantiles: ``{"name", "samples", "WHAT": {"p50": [value, low, high], ...}}``, milliseconds."""
        figures = {what: quantiles(times) for what, times in self.times.items()}
        return {"name": self.name, "samples": max(len(times) for times in self.times.values()), **figures}


def quantile_with_interval(times: Sequence[float], quantile: float) -> tuple[float, float, float]:
    """The ``quantile`` of ``times`` and the ends of its 95 % interval (percentile bootstrap, Efron 1979)."""
    values = np.asarray(times, dtype=np.float64)
    low, high = np.quantile(_resampled(values, quantile, np.random.default_rng(0)), (0.025, 0.975))
    return round(float(np.quantile(values, quantile)), 1), round(float(low), 1), round(float(high), 1)


def quantiles(times: Sequence[float]) -> dict[str, tuple[float, float, float]]:
    """``QUANTILES`` by their names, such as ``p50``, each with its interval; none of no times."""
    return {f"p{100 * quantile:g}": quantile_with_interval(times, quantile) for quantile in QUANTILES if len(times)}


def ratio_with_interval(slower: Sequence[float], quicker: Sequence[float]) -> tuple[float, float, float]:
    """How many times the median of ``quicker`` goes into that of ``slower``, and the ends of its 95 % interval, both
    resampled independently."""
    random = np.random.default_rng(0)
    medians = [_resampled(np.asarray(times, dtype=np.float64), 0.5, random) for times in (slower, quicker)]
    low, high = np.quantile(medians[0] / medians[1], (0.025, 0.975))
    return round(float(np.median(slower) / np.median(quicker)), 2), round(float(low), 2), round(float(high), 2)


def _resampled(values: Floats, quantile: float, random: np.random.Generator) -> Floats:
    """The ``quantile`` of ``RESAMPLES`` samples with replacement, a few at a time: together they may take gigabytes."""
    share = max(1, min(RESAMPLES, NUMBERS_AT_ONCE // len(values)))
    parts = [
        np.quantile(random.choice(values, size=(min(share, RESAMPLES - done), len(values))), quantile, axis=1)
        for done in range(0, RESAMPLES, share)
    ]
    return np.concatenate(parts)


def as_table(rows: Sequence[Row]) -> str:
    """``rows`` in Markdown: milliseconds, "value (low to high)"."""
    head = ["", "samples", *(f"{what} p{100 * quantile:g}" for what in rows[0].times for quantile in QUANTILES)]
    lines = []
    for row in rows:
        cells = [
            "{} ({} to {})".format(*quantile_with_interval(times, quantile))
            for times in row.times.values()
            for quantile in QUANTILES
        ]
        lines.append([row.name, str(max(len(times) for times in row.times.values())), *cells])
    return markdown(head, lines)


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines))
