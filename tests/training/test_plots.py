"""Plots hold the answers that they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.evaluation.metrics import confusion, score
from training.evaluation.plots import confusion_plot, reliability_plot, roc_plot, write_plots

LABELS = np.array([0, 0, 0, 1, 1, 1])
FINDING = np.array([0.1, 0.4, 0.8, 0.3, 0.65, 0.95])
BOTH = np.stack([1 - FINDING, FINDING], axis=1)


def test_a_reliability_plot_has_a_curve_for_each_set_of_probabilities() -> None:
    before = np.tile([[0.3, 0.7]], (10, 1))
    labels = np.array([1] * 5 + [0] * 5)
    upper, lower = reliability_plot({"before": before, "after": np.full((10, 2), 0.5)}, labels).axes
    told, kept = upper.lines[1].get_data()
    assert (list(told), list(kept)) == ([pytest.approx(0.7)], [0.5])
    assert upper.lines[1].get_label() == "before, ECE 0.200"
    assert upper.lines[2].get_label() == "after, ECE 0.000"
    assert lower.patches[0].get_data().values.sum() == 10


def test_a_confusion_plot_shows_counts_and_shares_of_the_true_class() -> None:
    scored = score(BOTH, LABELS, (1,))
    axes, _ = confusion_plot(confusion(scored, scored.once), ("benign", "malignant")).axes
    assert [text.get_text() for text in axes.texts] == ["2", "1", "1", "2"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[2 / 3, 1 / 3], [1 / 3, 2 / 3]])
    many = confusion_plot(np.eye(23), [f"class {row}" for row in range(23)]).axes[0]
    assert len(many.texts) == 0
    assert len(many.get_xticklabels()) == 23


def test_a_roc_plot_marks_what_the_cuts_make_of_the_pictures() -> None:
    (axes,) = roc_plot(score(BOTH, LABELS, (1,)), ("benign", "malignant"), (0.35, 0.7)).axes
    labels = [line.get_label() for line in axes.lines[1:]]
    assert labels == ["positive labels, AUC 0.667", "unsuspicious below 0.35", "suspicious from 0.7"]
    points = [np.concatenate(line.get_data()).tolist() for line in axes.lines[2:]]
    assert points == [[pytest.approx(2 / 3)] * 2, [pytest.approx(1 / 3)] * 2]


def test_classes_that_are_not_there_have_no_curve(tmp_path: Path) -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    scored = score(probabilities, np.array([0, 1, 0]), (2,))
    (axes,) = roc_plot(scored, ("a", "b", "c"), (0.3, 0.7)).axes
    assert [line.get_label() for line in axes.lines[1:]] == ["a, AUC 1.000", "b, AUC 1.000"]
    written = write_plots(scored, probabilities, ("a", "b", "c"), (0.3, 0.7), tmp_path / "metrics-adults.json")
    assert [path.name for path in written] == [
        f"metrics-adults-{plot}.png" for plot in ("reliability", "confusion", "roc")
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
