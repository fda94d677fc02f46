"""Plots of a model's answers: reliability, confusion, ROC. Nothing is shown on a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.evaluation.metrics import (
    ECE_BINS,
    Scored,
    calibration_bins,
    confusion,
    expected_calibration_error,
)
from training.evaluation.ranking import Floats, Ranking

DPI = 120
FEW = 8
"""Up to so many classes a confusion matrix has its counts written in, and every class its curve."""


def write_plots(
    scored: Scored, before: Floats, codes: Sequence[str], cuts: tuple[float, float], beside: Path
) -> list[Path]:
    """Writes ``STEM-reliability.png``, ``STEM-confusion.png`` and ``STEM-roc.png`` beside the file ``beside`` of that
    stem. ``before`` are the probabilities ``[N, C]`` before calibration, ``cuts`` the card's thresholds, marked on the
    ROC curve. Returns their paths."""
    plots = {
        "reliability": reliability_plot(
            {"before calibration": before, "as served": scored.probabilities}, scored.labels
        ),
        "confusion": confusion_plot(confusion(scored, scored.once), codes),
        "roc": roc_plot(scored, codes, cuts),
    }
    written = []
    for name, plot in plots.items():
        path = beside.with_name(f"{beside.stem}-{name}.png")
        plot.savefig(path, dpi=DPI)
        written.append(path)
    return written


def reliability_plot(curves: Mapping[str, Floats], labels: NDArray[np.integer]) -> Figure:
    """How often the most probable class is the true one, against its probability (Guo et al. 2017), for each of
    ``curves``: a name (say, before and after a temperature) and probabilities ``[N, C]``; with the calibration error.
    """
    plot = Figure(figsize=(5, 5), layout="constrained")
    upper, lower = plot.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    for name, probabilities in curves.items():
        confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
        bins = calibration_bins(confidence)
        sizes = np.bincount(bins, minlength=ECE_BINS)
        filled = sizes > 0
        told, kept = (np.bincount(bins, of, ECE_BINS)[filled] / sizes[filled] for of in (confidence, correct))
        error = expected_calibration_error(confidence, correct, np.ones(len(labels)))
        upper.plot(told, kept, marker="o", label=f"{name}, ECE {error:.3f}")
        lower.stairs(sizes, np.linspace(0, 1, ECE_BINS + 1))
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right")
    lower.set(xlabel="probability of the most probable class", ylabel="pictures")
    upper.legend(loc="upper left")
    return plot


def confusion_plot(matrix: Floats, codes: Sequence[str]) -> Figure:
    """``matrix`` ``[C, C]`` of counts, rows the true class, coloured by the share of the row."""
    side = 3 + 0.35 * len(codes)
    plot = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = plot.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    plot.colorbar(axes.imshow(shares, cmap="Blues", vmin=0, vmax=1), label="share of the true class")
    if len(codes) <= FEW:
        for (row, column), count in np.ndenumerate(matrix):
            dark = shares[row, column] > 0.5
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", color="white" if dark else "black")
    axes.set_xticks(range(len(codes)), codes, rotation=90 if len(codes) > 2 else 0)
    axes.set_yticks(range(len(codes)), codes)
    axes.set(xlabel="most probable class", ylabel="true class")
    return plot


def roc_plot(scored: Scored, codes: Sequence[str], cuts: tuple[float, float]) -> Figure:
    """The ROC curve of the positive labels, with what the two ``cuts`` make of them, and of each of three to eight
    classes against the rest. Curves that the pictures do not define are left out."""
    plot = Figure(figsize=(5, 5), layout="constrained")
    axes = plot.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    if 2 < len(codes) <= FEW:
        for row, code in enumerate(codes):
            _curve(axes, scored.class_rankings[row], code, linewidth=1)
    if _curve(axes, scored.ranking, "positive labels", color="black", linewidth=2):
        for called, marker, name in (
            (scored.flagged(cuts[0]), "o", f"unsuspicious below {cuts[0]:.3g}"),
            (scored.score >= cuts[1], "v", f"suspicious from {cuts[1]:.3g}"),
        ):
            point = called[~scored.positive].mean(), called[scored.positive].mean()
            axes.plot(*point, marker, color="black", label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="1 - specificity", ylabel="sensitivity")
    axes.legend(loc="lower right")
    return plot


def _curve(axes: Axes, ranking: Ranking, name: str, **style: Any) -> bool:
    if ranking.positive.all() or not ranking.positive.any():
        return False
    area = ranking.auc(np.ones(len(ranking.order)))
    axes.plot(*ranking.roc(), label=f"{name}, AUC {area:.3f}", **style)
    return True
