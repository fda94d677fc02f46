"""Figures against hand-made values and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluation.bootstrap import intervals
from training.evaluation.metrics import (
    average_precision,
    expected_calibration_error,
    figures,
    roc_auc,
    score,
)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("digits", [1, 6])
def test_areas_agree_with_scikit_learn_with_and_without_ties(generator: np.random.Generator, digits: int) -> None:
    positive = generator.random(300) < 0.4
    scores = np.round(generator.random(300) + 0.3 * positive, digits)
    assert roc_auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
    assert average_precision(scores, positive) == pytest.approx(average_precision_score(positive, scores))


def test_areas_of_one_class_are_undefined() -> None:
    assert np.isnan(roc_auc(np.array([0.1, 0.2]), np.array([True, True])))
    assert np.isnan(average_precision(np.array([0.1, 0.2]), np.array([False, False])))


def test_figures_of_a_case_worked_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3], [0.35, 0.65], [0.05, 0.95]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    found = figures(score(probabilities, labels, (1,)), unsuspicious_below=0.35, suspicious_from=0.7)
    assert found["auc"] == pytest.approx(6 / 9)  # of nine pairs .65 loses to .8, .3 to .4 and to .8
    assert found["sensitivity"] == pytest.approx(2 / 3)
    assert found["specificity"] == pytest.approx(1 / 3)
    assert found["balanced_accuracy"] == pytest.approx(0.5)
    assert found["sensitivity_suspicious"] == pytest.approx(1 / 3)
    assert found["specificity_suspicious"] == pytest.approx(2 / 3)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.64 + 0.49 + 0.1225 + 0.0025) / 6)
    assert found["unsuspicious_share"] == pytest.approx(2 / 6)
    assert found["unclear_share"] == pytest.approx(2 / 6)
    assert found["suspicious_share"] == pytest.approx(2 / 6)


def test_positive_labels_are_summed() -> None:
    scored = score(np.array([[0.5, 0.2, 0.3]]), np.array([2]), (1, 2))
    assert scored.score[0] == pytest.approx(0.5)
    assert scored.positive[0]
    assert not scored.correct[0]


def test_calibration_error_of_two_bins_worked_by_hand() -> None:
    confidence = np.array([0.91, 0.91, 0.91, 0.91, 0.61, 0.61])
    correct = np.array([True, True, True, False, True, True])
    assert expected_calibration_error(confidence, correct) == pytest.approx((4 * 0.16 + 2 * 0.39) / 6)


def test_calibrated_answers_have_a_small_calibration_error(generator: np.random.Generator) -> None:
    confidence = generator.uniform(0.5, 1, 50_000)
    correct = generator.random(50_000) < confidence
    assert expected_calibration_error(confidence, correct) < 0.01


def test_intervals_cover_the_truth_about_as_often_as_they_say(generator: np.random.Generator) -> None:
    covered = 0
    for trial in range(100):
        values = generator.normal(1.0, 1.0, 80)
        groups = np.arange(80).astype(str)
        low, high = intervals(lambda rows, v=values: {"mean": v[rows].mean()}, groups, 300, seed=trial)["mean"]
        covered += low <= 1.0 <= high
    assert 86 <= covered <= 100


def test_pictures_of_one_patient_do_not_count_as_many(generator: np.random.Generator) -> None:
    patients = generator.normal(size=40)
    values = np.repeat(patients, 25)
    alone = np.arange(1000).astype(str)
    together = np.repeat(np.arange(40), 25).astype(str)
    width = {
        name: np.diff(intervals(lambda rows: {"mean": values[rows].mean()}, groups, 500)["mean"])[0]
        for name, groups in (("alone", alone), ("together", together))
    }
    assert width["together"] > 3.5 * width["alone"]


def test_resamples_without_a_figure_are_left_out() -> None:
    groups = np.array(["a", "b"])
    found = intervals(lambda rows: {"x": float("nan") if rows.sum() == 0 else 2.0}, groups, 50)
    assert found["x"] == (2.0, 2.0)
