"""What is chosen on the calibration fold and then frozen in the card: temperature, thresholds, novelty, quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp
from scipy.stats import beta

from conversion import QualityLimits
from conversion.quality import QualityMeasures

Floats = NDArray[np.float64]


def fit_temperature(
    logits: NDArray[np.floating], labels: NDArray[np.integer], weights: NDArray[np.floating] | None = None
) -> float:
    """The temperature T, 0.05..20, that makes softmax(logits / T) most likely (Guo et al. 2017).

    ``logits`` ``[N, C]``; of a single logit z give ``[0, z]`` in each row. ``weights`` ``[N]`` say how much each
    picture counts.
    """
    return fit_shared_temperature([logits], labels, weights)


def fit_shared_temperature(
    members: Sequence[NDArray[np.floating]], labels: NDArray[np.integer], weights: NDArray[np.floating] | None = None
) -> float:
    """As ``fit_temperature``, of the mean of the members' softmax(logits / T): averaging makes an ensemble less sure
    than its calibrated members (Rahaman and Thiery 2021), and this makes up for it. ``members`` are logits ``[N, C]``.
    """
    wide = [np.asarray(logits, np.float64) for logits in members]
    rows = np.arange(len(labels))

    def loss(log_t: float) -> float:
        logs = [log_softmax(logits / np.exp(log_t), axis=1)[rows, labels] for logits in wide]
        return -float(np.average(logsumexp(logs, axis=0), weights=weights))

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(best.x))


def class_weights(labels: NDArray[np.integer], exponent: float) -> Floats:
    """For each of ``labels`` its class's count to the power of ``-exponent``: with 1 all classes count alike, with 0
    all pictures."""
    return np.asarray(np.bincount(labels)[labels].astype(np.float64) ** -exponent)


@dataclass(frozen=True)
class Aims:
    """Sensitivity that the unsuspicious band must keep and specificity that the suspicious band must keep, each as the
    lower end of its 95 % Clopper-Pearson interval."""

    sensitivity: float = 0.98
    specificity: float = 0.95


@dataclass(frozen=True)
class Cuts:
    """``unsuspicious_below`` and ``suspicious_from`` of the card, with the rule in words."""

    unsuspicious_below: float
    suspicious_from: float
    rule: str


def choose_cuts(conditions: Sequence[Floats], positive: NDArray[np.bool_], aims: Aims) -> Cuts:
    """The two cuts on the probability of the positive labels.

    ``conditions`` are probabilities ``[N]`` of the same pictures, as they are and under simulated shifts; the aims hold
    under each. A cut never crosses 0.5: what is more likely than not is never called unsuspicious.
    """
    low = min(_sensitive_cut(scores[positive], aims.sensitivity) for scores in conditions)
    high = max(_specific_cut(scores[~positive], aims.specificity) for scores in conditions)
    rule = (
        "unsuspicious_below: the largest cut, at most 0.5, above which lie so many of the positives that the lower end "
        f"of sensitivity's 95 % Clopper-Pearson interval is {aims.sensitivity:g} or more; suspicious_from: the "
        "smallest cut, at least 0.5, below which lie so many of the negatives that the lower end of specificity's is "
        f"{aims.specificity:g} or more; each in all {len(conditions)} conditions (as they are, and under simulated "
        "shifts of exposure, sharpness, crop, size and compression). Where no cut reaches its aim, it is the nearest "
        "that misses no picture."
    )
    return Cuts(_floor(min(low, 0.5)), _ceil(max(high, 0.5)), rule)


def _sensitive_cut(positives: Floats, aim: float) -> float:
    """The largest cut that leaves no more positives below it than ``aim`` allows."""
    return float(np.sort(positives)[_allowed_misses(len(positives), aim)])


def _specific_cut(negatives: Floats, aim: float) -> float:
    """Just above the largest negative that ``aim`` does not allow to lie above it."""
    return float(np.nextafter(np.sort(negatives)[::-1][_allowed_misses(len(negatives), aim)], 2.0))


def _allowed_misses(count: int, aim: float) -> int:
    """How many of ``count`` may be missed so that the 95 % interval's lower end is ``aim`` or more; at least 0."""
    misses = 0
    while misses + 1 < count and _lower_bound(count - misses - 1, count) >= aim:
        misses += 1
    return misses


def _lower_bound(hits: int, count: int) -> float:
    """Lower end of the 95 % interval of Clopper and Pearson 1934."""
    return float(beta.ppf(0.025, hits, count - hits + 1)) if hits else 0.0


def _floor(value: float) -> float:
    return float(np.floor(value * 1e4) / 1e4)


def _ceil(value: float) -> float:
    return float(min(1.0, np.ceil(value * 1e4) / 1e4))


def conformal_cuts(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], coverage: float
) -> tuple[float, ...]:
    """For each class the cut that the probability of a further picture of it reaches with at least ``coverage``: of its
    N pictures' own probabilities the k-th smallest, k = floor((N + 1) (1 - coverage)), 0 where k is (Vovk 2012, with
    Sadinle et al. 2019's score). ``probabilities`` ``[N, C]``, ``labels`` ``[N]``.
    """
    cuts = []
    for label in range(probabilities.shape[1]):
        own = np.sort(np.asarray(probabilities[labels == label, label], np.float64))
        rank = int(np.floor((len(own) + 1) * (1 - coverage) + 1e-9))
        cuts.append(_floor(float(own[rank - 1])) if rank else 0.0)
    return tuple(cuts)


def novelty_threshold(novelty: NDArray[np.floating], quantile: float) -> float:
    """The value below which the share ``quantile`` of the calibration fold's distances lies."""
    return float(np.quantile(np.asarray(novelty, np.float64), quantile))


def quality_limits(measures: Sequence[QualityMeasures], min_side: int, colour: bool) -> QualityLimits:
    """Limits that real pictures of the training fold keep, with room for worse ones.

    Brightness: the 0.1 and 99.9 % quantiles, half as far again from the ends of the scale; sharpness and, where
    ``colour`` matters, colourfulness: half the 0.1 % quantile; border and plainness: a third of the way from the 99.9 %
    quantile to all of the picture, at least half of it; ``max_sharpness`` the 99.9 % quantile itself.
    """

    def quantile(name: str, share: float) -> float:
        return float(np.quantile([getattr(measure, name) for measure in measures], share))

    def most(name: str) -> float:
        return round(max(0.5, (2 * quantile(name, 0.999) + 1) / 3), 3)

    return QualityLimits(
        min_side=min_side,
        min_sharpness=round(quantile("sharpness", 0.001) / 2, 2),
        min_brightness=round(quantile("brightness", 0.001) / 2, 1),
        max_brightness=round(255 - (255 - quantile("brightness", 0.999)) / 2, 1),
        min_colourfulness=round(quantile("colourfulness", 0.001) / 2, 2) if colour else 0,
        max_border=most("border"),
        max_plainness=most("plainness"),
        max_sharpness=round(quantile("sharpness", 0.999), 1),
    )
