"""Figures of merit from probabilities. None is computed from hard labels and called an area under a curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

ECE_BINS = 15


@dataclass(frozen=True)
class Scored:
    """``score`` float ``[N]`` is the probability of the positive labels, ``positive`` bool ``[N]`` the truth;
    ``confidence`` float ``[N]`` is the probability of the most probable class, ``correct`` whether it is the true."""

    score: NDArray[np.float64]
    positive: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    correct: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp]) -> Scored:
        return Scored(self.score[rows], self.positive[rows], self.confidence[rows], self.correct[rows])


def score(probabilities: NDArray[np.floating], labels: NDArray[np.integer], positive_labels: tuple[int, ...]) -> Scored:
    """From ``probabilities`` ``[N, C]`` and true classes ``labels`` ``[N]``."""
    wide = np.asarray(probabilities, np.float64)
    return Scored(
        score=wide[:, list(positive_labels)].sum(axis=1),
        positive=np.isin(labels, positive_labels),
        confidence=wide.max(axis=1),
        correct=wide.argmax(axis=1) == labels,
    )


def roc_auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic, ties counted half; NaN when a class is missing."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Area under the precision-recall curve as average precision (no interpolation); NaN without positives."""
    if not positive.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(positive[order])
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    recall = hits[last_of_ties] / positive.sum()
    precision = hits[last_of_ties] / (np.flatnonzero(last_of_ties) + 1)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def expected_calibration_error(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> float:
    """Guo et al. 2017: 15 bins of equal width over the probability of the most probable class, weighted by size."""
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = np.abs(np.bincount(bins, correct, ECE_BINS) - np.bincount(bins, confidence, ECE_BINS))
    return float(gaps.sum() / len(confidence))


def share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    """The share of ``hits`` among the rows ``among``; NaN when there are none."""
    return float(hits[among].mean()) if among.any() else float("nan")


def figures(scored: Scored, unsuspicious_below: float, suspicious_from: float) -> dict[str, float]:
    """All figures of one set of pictures.

    ``sensitivity``, ``specificity`` and ``balanced_accuracy`` are at ``unsuspicious_below``: a picture is flagged that
    is not called unsuspicious. ``..._suspicious`` are at ``suspicious_from``. ``brier`` is of the positive labels.
    """
    flagged = scored.score >= unsuspicious_below
    suspicious = scored.score >= suspicious_from
    sensitivity, specificity = share(flagged, scored.positive), share(~flagged, ~scored.positive)
    return {
        "auc": roc_auc(scored.score, scored.positive),
        "pr_auc": average_precision(scored.score, scored.positive),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "sensitivity_suspicious": share(suspicious, scored.positive),
        "specificity_suspicious": share(~suspicious, ~scored.positive),
        "accuracy": float(scored.correct.mean()),
        "brier": float(np.mean((scored.score - scored.positive) ** 2)),
        "ece": expected_calibration_error(scored.confidence, scored.correct),
        "suspicious_share": float(suspicious.mean()),
        "unclear_share": float((flagged & ~suspicious).mean()),
        "unsuspicious_share": float((~flagged).mean()),
    }
