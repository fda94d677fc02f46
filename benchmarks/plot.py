"""The figures as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.comparison import OURS, Comparison
from benchmarks.folders import CannotMeasure
from benchmarks.load_figures import LoadRun


def require_matplotlib() -> None:
    """Raises ``CannotMeasure`` where there is nothing to draw with: before a long run, and not after it."""
    try:
        import matplotlib  # noqa: F401, PLC0415 - nothing else here needs it
    except ImportError:
        raise CannotMeasure("--plot draws with matplotlib, which is not installed: pip install matplotlib") from None


def draw(path: Path, comparisons: Sequence[Comparison], runs: Sequence[LoadRun]) -> None:
    """A PNG: for each comparison, how many times quicker ours is; of ``runs``, the time to the answer by persons.

    Raises ``OSError``, and ``CannotMeasure`` where there is nothing to draw.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    answered = [run for run in runs if run.tally.answer]
    panels = len(comparisons) + bool(answered)
    if not panels:
        raise CannotMeasure(f"{path}: there is nothing to draw")
    figure = Figure(figsize=(7, 3.2 * panels), layout="constrained")
    axes = figure.subplots(panels, squeeze=False)[:, 0]
    for axis, comparison in zip(axes, comparisons, strict=False):
        _draw_speed_up(axis, comparison)
    if answered:
        _draw_load(axes[-1], answered)
    figure.savefig(path, format="png", dpi=150)


def _draw_speed_up(axis, comparison: Comparison) -> None:  # type: ignore[no-untyped-def]
    others = [result for result in comparison.results if result.reason is None and result.name != OURS]
    for offset, batch in ((-0.2, 1), (0.2, 8)):
        found = np.array([comparison.speed_up(result, batch) for result in others]).reshape(-1, 3)
        value, low, high = found.T
        places = np.arange(len(others)) + offset
        # Of few samples the interval may lie beside the value.
        errors = np.maximum([value - low, high - value], 0)
        axis.barh(places, value, 0.38, xerr=errors, capsize=3, label=f"{batch} at a time")
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_yticks(range(len(others)), [result.name for result in others])
    axis.invert_yaxis()
    axis.set_xlabel("times that the served model is quicker, medians with 95 % intervals")
    axis.set_title(comparison.title)
    axis.legend()


def _draw_load(axis, runs: Sequence[LoadRun]) -> None:  # type: ignore[no-untyped-def]
    places = range(len(runs))
    for share in (0.5, 0.95, 0.99):
        values = [float(np.quantile(run.tally.answer, share)) / 1e3 for run in runs]
        axis.plot(places, values, marker="o", label=f"p{100 * share:g}")
    axis.set_yscale("log")
    # As "0.2", and not as a power of ten.
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("{x:g}")
    axis.set_xticks(places, [f"{run.name}\n{run.tally.answers_a_second:g} answers/s" for run in runs])
    axis.set_ylabel("seconds to the answer")
    axis.set_title("The whole bot under load")
    axis.legend()
