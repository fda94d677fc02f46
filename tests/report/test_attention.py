from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from report.words import describe
from tests.report.samples import blob, diagnosis

PROBABILITIES = {"malignant": 0.9, "benign": 0.1}


def where(heatmap: NDArray[np.float32], language: str = "en", **changes: tuple[int, ...]) -> str:
    return describe(diagnosis(PROBABILITIES, heatmap=heatmap, **changes), None, language).where  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [
        (0, 0, "the upper left part"),
        (0, 3, "the upper part"),
        (1, 6, "the upper right part"),
        (3, 0, "the left part"),
        (3, 3, "the centre"),
        (3, 6, "the right part"),
        (6, 1, "the lower left part"),
        (6, 3, "the lower part"),
        (6, 6, "the lower right part"),
    ],
)
def test_the_peak_is_told_in_words(row: int, column: int, place: str) -> None:
    assert f"most at {place} of the picture" in where(blob(row, column))


def test_it_is_said_to_be_no_place_of_disease() -> None:
    assert where(blob(3, 3)).endswith("This is where it looked, not where the disease is.")
    assert where(blob(3, 3), "ru").endswith("Это место её внимания, а не место болезни.")


def test_the_place_is_that_in_the_whole_picture_and_not_in_the_crop() -> None:
    assert "the right part" in where(blob(3, 3), size=(900, 300), region=(600, 0, 900, 300))


def test_of_two_equal_peaks_side_by_side_neither_is_preferred() -> None:
    heatmap = np.zeros((6, 6), np.float32)
    heatmap[2:4, 2:4] = 1
    assert "the centre" in where(heatmap)


def test_a_wide_heat_map_has_no_place() -> None:
    assert "most of the picture" in where(np.ones((7, 7), np.float32))


def test_no_heat_is_no_place() -> None:
    assert where(np.zeros((7, 7), np.float32)) == "The model did not dwell on any part of the picture."


def test_without_a_heat_map_nothing_is_said() -> None:
    assert where(np.empty((0, 0), np.float32)) == ""
