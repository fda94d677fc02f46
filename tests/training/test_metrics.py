"""Figures against hand-made values and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from training.evaluation.bootstrap import intervals
from training.evaluation.metrics import (
    Scored,
    class_figures,
    class_table,
    confusion,
    expected_calibration_error,
    figures,
    roc_auc,
    score,
)
from training.evaluation.ranking import Ranking
from training.evaluation.team import LEAD, member, team_figures


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def answers(generator: np.random.Generator, pictures: int = 400, classes: int = 7, sure: float = 2.0) -> Scored:
    """Answers that are right oftener than not, the first and the third class positive."""
    labels = generator.integers(0, classes, pictures)
    logits = generator.normal(size=(pictures, classes))
    logits[np.arange(pictures), labels] += sure
    return score(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), labels, (0, 2))


@pytest.mark.parametrize("digits", [1, 6])
def test_areas_agree_with_scikit_learn_with_and_without_ties(generator: np.random.Generator, digits: int) -> None:
    positive = generator.random(300) < 0.4
    scores = np.round(generator.random(300) + 0.3 * positive, digits)
    ranking = Ranking.of(scores, positive)
    assert roc_auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
    assert ranking.average_precision(np.ones(300)) == pytest.approx(average_precision_score(positive, scores))
    for found, expected in zip(ranking.roc(), roc_curve(positive, scores, drop_intermediate=False)[:2], strict=True):
        np.testing.assert_allclose(found, expected)
    rows = generator.integers(0, 300, 300)
    counts = np.bincount(rows, minlength=300).astype(float)
    assert ranking.auc(counts) == pytest.approx(roc_auc_score(positive[rows], scores[rows]))
    assert ranking.average_precision(counts) == pytest.approx(average_precision_score(positive[rows], scores[rows]))


def test_areas_of_one_class_are_undefined() -> None:
    assert np.isnan(roc_auc(np.array([0.1, 0.2]), np.array([True, True])))
    assert np.isnan(Ranking.of(np.array([0.1, 0.2]), np.array([False, False])).average_precision(np.ones(2)))


def test_figures_of_a_case_worked_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3], [0.35, 0.65], [0.05, 0.95]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    found = figures(score(probabilities, labels, (1,)), (0.35, 0.7), np.ones(6))
    assert found["auc"] == pytest.approx(6 / 9)  # of nine pairs .65 loses to .8, .3 to .4 and to .8
    assert found["sensitivity"] == pytest.approx(2 / 3)
    assert found["specificity"] == pytest.approx(1 / 3)
    assert found["balanced_accuracy"] == pytest.approx(0.5)
    assert found["sensitivity_suspicious"] == pytest.approx(1 / 3)
    assert found["specificity_suspicious"] == pytest.approx(2 / 3)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["balanced_accuracy_argmax"] == pytest.approx(2 / 3)
    assert found["macro_f1"] == pytest.approx(2 / 3)
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.64 + 0.49 + 0.1225 + 0.0025) / 6)
    assert found["brier_multiclass"] == pytest.approx(2 * found["brier"])
    assert found["unsuspicious_share"] == pytest.approx(2 / 6)
    assert found["unclear_share"] == pytest.approx(2 / 6)
    assert found["suspicious_share"] == pytest.approx(2 / 6)
    assert "macro_auc" not in found


def test_positive_labels_are_summed() -> None:
    scored = score(np.array([[0.5, 0.2, 0.3]]), np.array([2]), (1, 2))
    assert scored.score[0] == pytest.approx(0.5)
    assert scored.positive[0]
    assert scored.top[0] == 0


def test_a_picture_whose_most_probable_class_is_positive_is_flagged_as_it_is_when_served() -> None:
    probabilities = np.array([[0.28, 0.24, 0.24, 0.24], [0.24, 0.28, 0.24, 0.24]])
    found = figures(score(probabilities, np.array([0, 0]), (0,)), (0.4, 0.7), np.ones(2))
    assert (found["sensitivity"], found["unclear_share"], found["unsuspicious_share"]) == (0.5, 0.5, 0.5)


def test_figures_of_seven_classes_agree_with_scikit_learn_on_the_pictures_and_on_a_resample(
    generator: np.random.Generator,
) -> None:
    scored = answers(generator)
    for rows in (np.arange(400), generator.integers(0, 400, 400)):
        counts = np.bincount(rows, minlength=400).astype(float)
        truth, told, top = scored.labels[rows], scored.probabilities[rows], scored.top[rows]
        found = figures(scored, (0.3, 0.6), counts)
        assert found["auc"] == pytest.approx(roc_auc_score(scored.positive[rows], scored.score[rows]))
        assert found["macro_auc"] == pytest.approx(roc_auc_score(truth, told, multi_class="ovr"))
        assert found["balanced_accuracy_argmax"] == pytest.approx(balanced_accuracy_score(truth, top))
        assert found["macro_f1"] == pytest.approx(f1_score(truth, top, average="macro"))
        assert found["brier_multiclass"] == pytest.approx(brier_score_loss(truth, told, scale_by_half=False))
        table = class_table(scored, counts)
        precision, recall, f1, _ = precision_recall_fscore_support(truth, top)
        for name, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
            np.testing.assert_allclose(table[name], expected)
        np.testing.assert_array_equal(confusion(scored, counts), confusion_matrix(truth, top))


def test_a_class_without_pictures_takes_no_part_in_means_but_one_that_was_not_drawn_leaves_them_undefined() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.3, 0.6, 0.1]])
    scored = score(probabilities, np.array([0, 1, 0, 0]), (1,))
    found = class_figures(scored, scored.once)
    assert found["balanced_accuracy_argmax"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert found["macro_auc"] == pytest.approx(1.0)
    assert np.isnan(class_table(scored, scored.once)["precision"][2])
    assert np.isnan(class_figures(scored, np.array([1.0, 0, 1, 1]))["balanced_accuracy_argmax"])


def test_members_stand_beside_the_ensemble_and_it_is_compared_with_the_best() -> None:
    poor, good = (answers(np.random.default_rng(1), sure=sure) for sure in (0.5, 2.0))
    both = score((poor.probabilities + good.probabilities) / 2, good.labels, (0, 2))
    measure = team_figures(both, [poor, good])
    found, ensemble = measure(both.once), class_figures(both, both.once)
    for row, scored in enumerate((poor, good)):
        assert found[f"{member(row)}macro_auc"] == class_figures(scored, scored.once)["macro_auc"]
    for name in ("macro_auc", "balanced_accuracy_argmax"):
        assert found[f"{member(1)}{name}"] > found[f"{member(0)}{name}"]
        assert found[f"{LEAD}{name}"] == pytest.approx(ensemble[name] - found[f"{member(1)}{name}"])


def test_calibration_error_of_two_bins_worked_by_hand() -> None:
    confidence = np.array([0.91, 0.91, 0.91, 0.91, 0.61, 0.61])
    correct = np.array([True, True, True, False, True, True])
    assert expected_calibration_error(confidence, correct, np.ones(len(correct))) == pytest.approx(
        (4 * 0.16 + 2 * 0.39) / 6
    )


def test_calibrated_answers_have_a_small_calibration_error(generator: np.random.Generator) -> None:
    confidence = generator.uniform(0.5, 1, 50_000)
    correct = generator.random(50_000) < confidence
    assert expected_calibration_error(confidence, correct, np.ones(len(correct))) < 0.01


def test_intervals_cover_the_truth_about_as_often_as_they_say(generator: np.random.Generator) -> None:
    covered = 0
    for trial in range(100):
        values = generator.normal(1.0, 1.0, 80)
        groups = np.arange(80).astype(str)
        low, high = intervals(lambda counts, v=values: {"mean": v @ counts / counts.sum()}, groups, 300, seed=trial)[
            "mean"
        ]
        covered += low <= 1.0 <= high
    assert 86 <= covered <= 100


def test_pictures_of_one_patient_do_not_count_as_many(generator: np.random.Generator) -> None:
    patients = generator.normal(size=40)
    values = np.repeat(patients, 25)
    alone = np.arange(1000).astype(str)
    together = np.repeat(np.arange(40), 25).astype(str)
    width = {
        name: np.diff(intervals(lambda counts: {"mean": values @ counts / counts.sum()}, groups, 500)["mean"])[0]
        for name, groups in (("alone", alone), ("together", together))
    }
    assert width["together"] > 3.5 * width["alone"]


def test_resamples_without_a_figure_are_left_out() -> None:
    groups = np.array(["a", "b"])
    found = intervals(lambda counts: {"x": float("nan") if counts[0] == 2 else 2.0}, groups, 50)
    assert found["x"] == (2.0, 2.0)
