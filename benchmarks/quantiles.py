"""Times as their quantiles, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

QUANTILES = (0.5, 0.95, 0.99)
RESAMPLES = 2_000


@dataclass(frozen=True)
class Row:
    """One line of a table: ``times`` in milliseconds by what was timed, one value a sample."""

    name: str
    times: Mapping[str, Sequence[float]]

    def as_json(self) -> dict[str, object]:
        """Counts and quantiles: ``{"name", "samples", "WHAT": {"p50": [value, low, high], ...}}``, milliseconds."""
        figures = {
            what: {f"p{100 * quantile:g}": quantile_with_interval(times, quantile) for quantile in QUANTILES}
            for what, times in self.times.items()
        }
        return {"name": self.name, "samples": max(len(times) for times in self.times.values()), **figures}


def quantile_with_interval(times: Sequence[float], quantile: float) -> tuple[float, float, float]:
    """The ``quantile`` of ``times`` and the ends of its 95 % interval (percentile bootstrap, Efron 1979)."""
    values = np.asarray(times, dtype=np.float64)
    draws = np.random.default_rng(0).choice(values, size=(RESAMPLES, len(values)))
    low, high = np.quantile(np.quantile(draws, quantile, axis=1), (0.025, 0.975))
    return round(float(np.quantile(values, quantile)), 1), round(float(low), 1), round(float(high), 1)


def as_table(rows: Sequence[Row]) -> str:
    """``rows`` in Markdown: milliseconds, "value (low to high)"."""
    head = ["", "samples", *(f"{what} p{100 * quantile:g}" for what in rows[0].times for quantile in QUANTILES)]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        cells = [
            "{} ({} to {})".format(*quantile_with_interval(times, quantile))
            for times in row.times.values()
            for quantile in QUANTILES
        ]
        lines.append([row.name, str(max(len(times) for times in row.times.values())), *cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
