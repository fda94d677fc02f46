"""The figures of contenders side by side, as JSON and as a table."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contenders.base import Task
from benchmarks.quantiles import quantile_with_interval, quantiles, ratio_with_interval

OURS = "ours"
BATCHES = (1, 8)


@dataclass
class Result:
    """A contender at work on ``model``; ``times`` are milliseconds by size of batch, ``cold`` and ``warm`` seconds from
    starting the process to the first answer, ``flops`` those of one picture. ``reason``: why it is not here."""

    model: str
    name: str
    describe: str = ""
    precision: str = ""
    times: dict[int, list[float]] = field(default_factory=lambda: {batch: [] for batch in BATCHES})
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    resident_mib: float = 0.0
    flops: float | None = None
    reason: str | None = None

    def pictures_a_second(self, batch: int) -> float:
        """One caller after another, ``batch`` pictures at a time."""
        return batch * len(self.times[batch]) / (sum(self.times[batch]) / 1e3)


@dataclass(frozen=True)
class Comparison:
    """All contenders of ``task``, ours first, and the ``peak`` of the machine in FLOP/s by precision."""

    task: Task
    results: tuple[Result, ...]
    peak: Mapping[str, float]

    @property
    def title(self) -> str:
        """The model, its pixels, and how many networks it is where it is more than one."""
        networks = len(self.task.architectures)
        several = f", {networks} networks" if networks > 1 else ""
        return f"{self.task.name}, {self.task.height} x {self.task.width}{several}"

    def share_of_peak(self, result: Result, batch: int) -> float | None:
        """Of what the machine can multiply in the precision of ``result``; None where it is not known."""
        peak = self.peak.get("bf16" if "bf16" in result.precision else "f32")
        if result.flops is None or not peak:
            return None
        return result.flops * result.pictures_a_second(batch) / peak

    def speed_up(self, result: Result, batch: int) -> tuple[float, float, float]:
        """How many times quicker ours is, by the medians, with its 95 % interval."""
        return ratio_with_interval(result.times[batch], self.results[0].times[batch])

    def as_json(self) -> dict[str, Any]:
        """All figures: milliseconds, seconds, MiB, FLOP."""
        return {
            "model": self.task.name,
            "pixels": [self.task.height, self.task.width],
            "architectures": list(self.task.architectures),
            "threads": self.task.threads,
            "peak_gflops_a_second": {name: round(value / 1e9, 1) for name, value in self.peak.items()},
            "contenders": [self._result_as_json(result) for result in self.results],
        }

    def _result_as_json(self, result: Result) -> dict[str, Any]:
        if result.reason is not None:
            return {"name": result.name, "left_out": result.reason}
        by_batch = {
            str(batch): {
                "samples": len(result.times[batch]),
                **quantiles(result.times[batch]),
                "pictures_a_second": round(result.pictures_a_second(batch), 1),
                "ours_is_quicker_by": self.speed_up(result, batch),
                "share_of_peak": _rounded(self.share_of_peak(result, batch)),
            }
            for batch in BATCHES
        }
        return {
            "name": result.name,
            "describe": result.describe,
            "precision": result.precision,
            "batch": by_batch,
            "cold_start_seconds": [round(seconds, 2) for seconds in result.cold],
            "warm_start_seconds": [round(seconds, 2) for seconds in result.warm],
            "resident_mib": round(result.resident_mib, 1),
            "gflops_a_picture": _rounded(result.flops and result.flops / 1e9),
        }


PEERS = (
    "Keras and PyTorch run the plain architecture with random weights, as peers do, and give probabilities alone; the "
    "others give the heat map and the novelty as well, and for the heat map compute a finer last stage."
)


def engines_table(comparison: Comparison) -> tuple[list[str], list[list[str]], list[str]]:
    """Head and rows of the table, and the sentences below it: what it stands on, and why a contender is not in it."""
    head = [comparison.title]
    for batch in BATCHES:
        head += [f"batch {batch}: p50, ms", "p95, ms", "pictures/s", "of the peak", "ours is quicker by"]
    head += ["memory, MiB", "cold start, s", "warm start, s"]
    rows = [_cells(comparison, result) for result in comparison.results if result.reason is None]
    left_out = [f"{each.name}: left out, {each.reason}." for each in comparison.results if each.reason is not None]
    peaks = " and ".join(f"{value / 1e9:.0f} GFLOP/s in {name}" for name, value in comparison.peak.items())
    share = f"The peak is that of matrix products measured in the same run: {peaks or 'none'}; operations are counted "
    share += "from the graphs, convolutions and matrix products, a multiplication and an addition being two."
    return head, rows, [PEERS, share, *left_out]


def _cells(comparison: Comparison, result: Result) -> list[str]:
    cells = [f"{result.name} ({result.precision})" if result.name == OURS else result.name]
    for batch in BATCHES:
        share = comparison.share_of_peak(result, batch)
        cells += [_shown(quantile_with_interval(result.times[batch], quantile)) for quantile in (0.5, 0.95)]
        cells += [f"{result.pictures_a_second(batch):.1f}", "-" if share is None else f"{share:.0%}"]
        cells += ["" if result.name == OURS else _shown(comparison.speed_up(result, batch))]
    starts = [f"{statistics.median(seconds):.2f}" for seconds in (result.cold, result.warm)]
    return [*cells, f"{result.resident_mib:.0f}", *starts]


def _shown(value: tuple[float, float, float]) -> str:
    return "{:g} ({:g} to {:g})".format(*value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
