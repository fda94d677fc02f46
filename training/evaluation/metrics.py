"""Figures of merit from probabilities. None is computed from hard labels and called an area under a curve.

All of them count row n ``counts[n]`` times, so that a resample needs no copy of the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from training.evaluation.ranking import Floats, Ranking

ECE_BINS = 15


@dataclass(frozen=True)
class Scored:
    """What a model said of N pictures: ``probabilities`` float ``[N, C]``; ``labels`` int ``[N]`` are the true classes.

    ``score`` float ``[N]`` is the probability of the positive labels, ``positive`` bool ``[N]`` the truth of it;
    ``top`` int ``[N]`` is the most probable class, ``leading`` whether it is a positive one. ``ranking`` is by
    ``score``, ``class_rankings`` by each class's own probability, one against the rest. ``unnamed`` bool ``[N]``: where
    the labels that may be meant are too many.
    """

    probabilities: Floats
    labels: NDArray[np.intp]
    score: Floats
    positive: NDArray[np.bool_]
    top: NDArray[np.intp]
    leading: NDArray[np.bool_]
    ranking: Ranking
    class_rankings: tuple[Ranking, ...]
    unnamed: NDArray[np.bool_]

    @property
    def classes(self) -> int:
        return self.probabilities.shape[1]

    @property
    def present(self) -> NDArray[np.bool_]:
        """bool ``[C]``: which classes the pictures are of at all."""
        return np.bincount(self.labels, minlength=self.classes) > 0

    def flagged(self, cut: float) -> NDArray[np.bool_]:
        """bool ``[N]``: what is not called unsuspicious, as ``models.interpretation.verdict_of`` has it: from ``cut``
        on, whenever the most probable class is a positive one, and what is unnamed."""
        return (self.score >= cut) | self.leading | self.unnamed

    @property
    def once(self) -> Floats:
        """The counts by which every picture is there once."""
        return np.ones(len(self.labels))


def score(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    positive_labels: tuple[int, ...],
    unnamed: NDArray[np.bool_] | None = None,
) -> Scored:
    """From ``probabilities`` ``[N, C]`` and true classes ``labels`` ``[N]``; none is unnamed unless told."""
    wide, truth = np.asarray(probabilities, np.float64), np.asarray(labels, np.intp)
    summed, positive, top = wide[:, list(positive_labels)].sum(axis=1), np.isin(truth, positive_labels), wide.argmax(1)
    return Scored(
        probabilities=wide,
        labels=truth,
        score=summed,
        positive=positive,
        top=top,
        leading=np.isin(top, positive_labels),
        ranking=Ranking.of(summed, positive),
        class_rankings=tuple(Ranking.of(wide[:, row], truth == row) for row in range(wide.shape[1])),
        unnamed=np.zeros(len(truth), bool) if unnamed is None else unnamed,
    )


def roc_auc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic, ties counted half; NaN when a class is missing."""
    return Ranking.of(np.asarray(scores, np.float64), positive).auc(np.ones(len(positive)))


def mean_auc(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """``roc_auc`` of ``probabilities`` ``[N, C]``: of the second of two classes, or the mean of each of more against
    the rest."""
    classes = range(1, 2) if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    return float(np.mean([roc_auc(probabilities[:, row], labels == row) for row in classes]))


def figures(scored: Scored, cuts: tuple[float, float], counts: Floats) -> dict[str, float]:
    """All figures of a set of pictures: of the verdict at ``cuts`` (the card's ``unsuspicious_below`` and
    ``suspicious_from``), and of the classes."""
    return verdict_figures(scored, cuts, counts) | class_figures(scored, counts)


def verdict_figures(scored: Scored, cuts: tuple[float, float], counts: Floats) -> dict[str, float]:
    """Figures of the positive labels against the others.

    ``sensitivity``, ``specificity`` and ``balanced_accuracy`` (their mean) are at the lower cut: a picture is flagged
    that is not called unsuspicious. ``..._suspicious`` are at the upper cut. ``brier`` is of the positive labels, 0..1.
    ``missed_share`` is the share of positives among those called unsuspicious, ``precision_suspicious`` among those
    called suspicious.
    """
    flagged, suspicious = scored.flagged(cuts[0]), scored.score >= cuts[1]
    ill, well = np.where(scored.positive, counts, 0.0), np.where(scored.positive, 0.0, counts)
    sensitivity, specificity = _share(flagged, ill), _share(~flagged, well)
    return {
        "auc": scored.ranking.auc(counts),
        "pr_auc": scored.ranking.average_precision(counts),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "sensitivity_suspicious": _share(suspicious, ill),
        "specificity_suspicious": _share(~suspicious, well),
        "brier": _share((scored.score - scored.positive) ** 2, counts),
        "suspicious_share": _share(suspicious, counts),
        "unclear_share": _share(flagged & ~suspicious, counts),
        "unsuspicious_share": _share(~flagged, counts),
        "missed_share": _share(scored.positive, np.where(flagged, 0.0, counts)),
        "precision_suspicious": _share(scored.positive, np.where(suspicious, counts, 0.0)),
    }


def class_figures(scored: Scored, counts: Floats) -> dict[str, float]:
    """Figures of the most probable class and of all classes' probabilities.

    ``balanced_accuracy_argmax`` is the mean recall over the classes, ``macro_f1`` the mean F1, ``macro_auc`` (of three
    classes and more) the mean ROC AUC of each class against the rest: over the classes that the pictures are of, NaN
    where one of these is not among those counted. ``brier_multiclass`` is Brier's own sum over the classes (1950),
    0..2, of two classes twice ``brier``. ``ece`` is of the most probable class.
    """
    table, present = class_table(scored, counts), scored.present
    correct = scored.top == scored.labels
    squares = (scored.probabilities**2).sum(axis=1) - 2 * _of_true_class(scored) + 1
    found = {
        "accuracy": _share(correct, counts),
        "balanced_accuracy_argmax": float(table["recall"][present].mean()),
        "macro_f1": float(table["f1"][present].mean()),
        "brier_multiclass": _share(squares, counts),
        "ece": expected_calibration_error(scored.probabilities.max(axis=1), correct, counts),
    }
    return found | ({"macro_auc": float(table["auc"][present].mean())} if scored.classes > 2 else {})


def class_table(scored: Scored, counts: Floats) -> dict[str, Floats]:
    """``recall``, ``precision``, ``f1`` and ``auc`` (one class against the rest), each ``[C]``; NaN where undefined."""
    matrix = confusion(scored, counts)
    hits, true, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return {
        "recall": _ratio(hits, true),
        "precision": _ratio(hits, called),
        "f1": np.where(true > 0, _ratio(2 * hits, true + called), np.nan),
        "auc": np.array([ranking.auc(counts) for ranking in scored.class_rankings]),
    }


def confusion(scored: Scored, counts: Floats) -> Floats:
    """``[C, C]``: how many pictures of the row's class have the column's as the most probable."""
    cells = np.bincount(scored.labels * scored.classes + scored.top, counts, scored.classes**2)
    return cells.astype(np.float64).reshape(scored.classes, scored.classes)


def expected_calibration_error(confidence: Floats, correct: NDArray[np.bool_], counts: Floats) -> float:
    """Guo et al. 2017: 15 bins of equal width over the probability of the most probable class, weighted by size."""
    gaps = np.bincount(calibration_bins(confidence), counts * (correct - confidence), ECE_BINS)
    return float(np.abs(gaps).sum() / counts.sum())


def reliability(probabilities: Floats, labels: NDArray[np.integer]) -> list[dict[str, float]]:
    """The filled bins of the calibration error: ``told``, the mean probability of the most probable class, ``right``,
    the share of pictures that are of it, and ``pictures``."""
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = calibration_bins(confidence)
    sizes = np.bincount(bins, minlength=ECE_BINS)
    told, right = (np.bincount(bins, values, ECE_BINS) for values in (confidence, correct))
    return [
        {"told": round(float(told[row] / size), 4), "right": round(float(right[row] / size), 4), "pictures": int(size)}
        for row, size in enumerate(sizes)
        if size
    ]


def undo_temperature(probabilities: NDArray[np.floating], temperature: float) -> Floats:
    """What softmax(logits / T) ``[N, C]`` was before T was divided by."""
    heated: Floats = softmax(np.log(np.maximum(np.asarray(probabilities, np.float64), 1e-30)) * temperature, axis=1)
    return heated


def calibration_bins(confidence: Floats) -> NDArray[np.intp]:
    """Which of the bins of the calibration error each of ``confidence`` ``[N]`` lies in."""
    return np.minimum((confidence * ECE_BINS).astype(np.intp), ECE_BINS - 1)


def _of_true_class(scored: Scored) -> Floats:
    return scored.probabilities[np.arange(len(scored.labels)), scored.labels]


def _share(values: NDArray[np.bool_] | Floats, counts: Floats) -> float:
    """The mean of ``values`` over the pictures counted; NaN when there are none."""
    total = counts.sum()
    return float(values @ counts / total) if total else float("nan")


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
