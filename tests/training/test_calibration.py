"""What is chosen on the calibration fold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest

from conversion.quality import QualityMeasures
from training.calibration import (
    Aims,
    choose_cuts,
    class_weights,
    conformal_cuts,
    fit_shared_temperature,
    fit_temperature,
    novelty_threshold,
    quality_limits,
)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_a_known_temperature_is_recovered(temperature: float) -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, size=(20_000, 3))
    odds = np.exp(logits)
    labels = np.array([generator.choice(3, p=row / row.sum()) for row in odds])
    assert fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.05)


def _cases(positives: list[float], negatives: list[float]) -> tuple[np.ndarray, np.ndarray]:
    scores = np.array(positives + negatives)
    return scores, np.arange(len(scores)) < len(positives)


def test_cuts_keep_their_aims_and_no_further_cut_would() -> None:
    generator = np.random.default_rng(1)
    scores, positive = _cases(list(generator.beta(6, 2, 800)), list(generator.beta(4, 5, 400)))
    cuts = choose_cuts([scores], positive, Aims(sensitivity=0.95, specificity=0.9))

    def bound(hits: int, count: int) -> float:
        return binomtest(hits, count).proportion_ci(0.95, "exact").low

    def sensitivity(cut: float) -> int:
        return int((scores[positive] >= cut).sum())

    def specificity(cut: float) -> int:
        return int((scores[~positive] < cut).sum())

    assert bound(sensitivity(cuts.unsuspicious_below), 800) >= 0.95
    assert bound(sensitivity(cuts.unsuspicious_below + 0.02), 800) < 0.95
    assert bound(specificity(cuts.suspicious_from), 400) >= 0.9
    assert bound(specificity(cuts.suspicious_from - 0.02), 400) < 0.9


def test_cuts_hold_in_the_worst_condition() -> None:
    positive = np.arange(1000) < 500
    good = np.where(positive, 0.9, 0.1)
    darker = np.where(positive, 0.3, 0.1)
    brighter = np.where(positive, 0.9, 0.7)
    cuts = choose_cuts([good, darker, brighter], positive, Aims())
    assert cuts.unsuspicious_below == pytest.approx(0.3)
    assert cuts.suspicious_from == pytest.approx(0.7001)
    assert "3 conditions" in cuts.rule


def test_cuts_of_separable_classes_leave_the_middle_unclear() -> None:
    scores, positive = _cases([0.99] * 500, [0.01] * 500)
    cuts = choose_cuts([scores], positive, Aims())
    assert (cuts.unsuspicious_below, cuts.suspicious_from) == (0.5, 0.5)


def test_too_few_positives_for_the_aim_let_none_be_missed() -> None:
    scores, positive = _cases([0.2, 0.6, 0.9], [0.05] * 200)
    assert choose_cuts([scores], positive, Aims()).unsuspicious_below == pytest.approx(0.2)


def test_the_novelty_threshold_is_the_quantile() -> None:
    assert novelty_threshold(np.arange(101, dtype=np.float32), 0.98) == pytest.approx(98.0)


def test_conformal_cuts_hold_for_each_class_of_further_pictures() -> None:
    """Of each class nine in ten of pictures that took no part reach their own cut, whatever its share."""
    random = np.random.default_rng(0)

    def pictures(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = random.choice(3, count, p=[0.8, 0.15, 0.05])
        logits = random.normal(size=(count, 3)) + 1.5 * np.eye(3)[labels]
        return softmax(logits, axis=1), labels

    cuts = conformal_cuts(*pictures(40_000), 0.9)
    probabilities, labels = pictures(20_000)
    for label in range(3):
        own = probabilities[labels == label, label]
        assert (own >= cuts[label]).mean() == pytest.approx(0.9, abs=0.025)


def test_a_conformal_cut_is_the_rank_that_the_theory_names_and_zero_for_a_few() -> None:
    own = np.arange(1, 20) / 100  # 19 of them: (19 + 1) * 0.1 is the second smallest
    probabilities = np.stack([own, 1 - own], axis=1)
    assert conformal_cuts(probabilities, np.zeros(19, int), 0.9) == (pytest.approx(0.02), 0.0)
    assert conformal_cuts(probabilities[:8], np.zeros(8, int), 0.9)[0] == 0.0


def test_border_and_plainness_are_bounded_between_the_pictures_and_everything() -> None:
    measures = [QualityMeasures(200, 40.0, 100.0, 30.0, border, plain) for border, plain in ((0, 0.1), (0.1, 0.7))]
    limits = quality_limits(measures, min_side=96, colour=True)
    assert limits.max_border == 0.5
    assert limits.max_plainness == pytest.approx(0.8, abs=0.01)
    assert limits.max_sharpness == 40.0


def test_quality_limits_leave_room_around_the_training_pictures() -> None:
    measures = [QualityMeasures(200, 40.0, 100.0, 30.0), QualityMeasures(300, 60.0, 155.0, 50.0)]
    limits = quality_limits(measures, min_side=96, colour=True)
    assert limits.min_side == 96
    assert limits.min_brightness == pytest.approx(50.0, abs=0.1)
    assert limits.max_brightness == pytest.approx(205.0, abs=0.1)
    assert limits.min_sharpness == pytest.approx(20.0, abs=0.1)
    assert limits.min_colourfulness == pytest.approx(15.0, abs=0.1)
    assert quality_limits(measures, min_side=96, colour=False).min_colourfulness == 0


def test_an_ensemble_gets_a_temperature_below_its_calibrated_members() -> None:
    """Members that err independently are, averaged, right more often than they say."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 4000)
    members = [3.0 * np.eye(3)[labels] + random.gumbel(size=(4000, 3)) * 1.5 for _ in range(3)]
    alone = [fit_temperature(logits, labels) for logits in members]
    shared = fit_shared_temperature([logits / t for logits, t in zip(members, alone, strict=True)], labels)
    assert shared < 0.95
    assert fit_shared_temperature(members[:1], labels) == pytest.approx(alone[0])


def test_balanced_weights_let_every_class_count_alike() -> None:
    weights = class_weights(np.array([0, 0, 0, 1]), 1.0)
    assert weights[:3].sum() == pytest.approx(weights[3])
    assert class_weights(np.array([0, 0, 0, 1]), 0.0) == pytest.approx([1, 1, 1, 1])
    logits = np.array([[0.0, 4.0]] * 10)
    labels = np.array([0] * 9 + [1])
    assert fit_temperature(logits, labels, class_weights(labels, 1.0)) > 10
