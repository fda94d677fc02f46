"""Simulated shifts change what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conversion import Fit, Picture, SourceFormat, measure_quality
from tests.training.pictures import xray
from training.data import Sample
from training.evaluation.shifts import SHIFTS, load_shifted, shifted


@pytest.fixture
def picture() -> Picture:
    return Picture(np.asarray(xray(3, ill=True).convert("RGB")), SourceFormat.PNG)


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_shift_changes_the_picture_the_same_way_each_time(picture: Picture, shift: str) -> None:
    once, again = shifted(picture, shift), shifted(picture, shift)
    np.testing.assert_array_equal(once.pixels, again.pixels)
    assert once.pixels.shape != picture.pixels.shape or (once.pixels != picture.pixels).any()


def test_shifts_move_brightness_sharpness_and_size(picture: Picture) -> None:
    before = measure_quality(picture)
    assert measure_quality(shifted(picture, "darker")).brightness < before.brightness - 15
    assert measure_quality(shifted(picture, "brighter")).brightness > before.brightness + 15
    assert measure_quality(shifted(picture, "blurred")).sharpness < 0.7 * before.sharpness
    assert measure_quality(shifted(picture, "resampled")).sharpness < 0.7 * before.sharpness
    assert (picture.width, shifted(picture, "cropped").width) == (128, 112)
    contrast = [float(shifted(picture, name).pixels.std()) for name in ("less_contrast", "more_contrast")]
    assert contrast[0] < 0.8 * picture.pixels.std() < picture.pixels.std() < contrast[1]


def test_shifted_pictures_come_as_model_input(tmp_path: Path) -> None:
    xray(1, ill=False).save(tmp_path / "a.png")
    pixels = load_shifted([Sample(tmp_path / "a.png", 0, "a")], 48, 40, Fit.STRETCH, "cropped")
    assert pixels.shape == (1, 48, 40, 3)
