"""Augmentation and lesion numbers of the melanoma model."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.lesions import mole
from training.data import prepare
from training.melanoma.augment import Augmentation
from training.melanoma.lesions import lesion_of

STILL = Augmentation(
    zoom=(1.0, 1.0), stretch=0, shift=0, rotation=0, light=0, contrast=0, cast=0, saturation=0, spoil=0
)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.asarray(mole(1, malignant=True, side=64))


def test_without_ranges_only_the_symmetries_of_the_square_are_left(pixels: np.ndarray) -> None:
    random = np.random.default_rng(0)
    symmetries = [np.rot90(view, turns) for view in (pixels, pixels[:, ::-1]) for turns in range(4)]
    seen = set()
    for _ in range(60):
        turned = STILL(pixels, random).astype(int)
        distances = [np.abs(turned - view).max() for view in symmetries]
        seen.add(int(np.argmin(distances)))
        assert min(distances) <= 1
    assert seen == set(range(8))


def test_the_same_generator_gives_the_same_picture_and_another_does_not(pixels: np.ndarray) -> None:
    first, again, other = (Augmentation()(pixels, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == pixels.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 2


def test_light_changes_brightness_within_its_range(pixels: np.ndarray) -> None:
    random = np.random.default_rng(0)
    means = [replace(STILL, light=0.2)(pixels, random).mean() / pixels.mean() for _ in range(40)]
    assert 0.75 < min(means) < 0.9
    assert 1.05 < max(means) < 1.25


def test_zoom_enlarges_the_lesion(pixels: np.ndarray) -> None:
    zoomed = replace(STILL, zoom=(1.5, 1.5))(pixels, np.random.default_rng(0))
    assert (zoomed[..., 0] < 120).mean() > 1.7 * (pixels[..., 0] < 120).mean()


def test_spoiling_changes_the_picture_and_keeps_what_it_shows(pixels: np.ndarray) -> None:
    random = np.random.default_rng(0)
    for _ in range(30):
        spoilt = replace(STILL, spoil=1.0)(pixels, random)
        assert abs(spoilt.mean() - pixels.mean()) < 3
        assert spoilt.shape == pixels.shape


def test_pictures_of_one_lesion_share_its_number() -> None:
    assert lesion_of(Path("anywhere/malignant/1433.jpg")) == lesion_of(Path("Malignant/1487.jpg")) == "HAM_0000006"
    assert lesion_of(Path("benign/1433.jpg")) == "benign/1433.jpg"


@pytest.mark.data
def test_lesions_of_the_real_set_are_on_one_side_of_the_split() -> None:
    root = os.environ.get("DATA_ROOT")
    if not root:
        pytest.skip("DATA_ROOT is not set")
    folder = Path(root) / "isic_malignant_benign" / "train"
    prepared = prepare(folder, ["benign", "malignant"], lesion_of, lookalike_bits=60)
    assert len(prepared.samples) + prepared.copies == 1440 + 1197
    assert len({sample.group for sample in prepared.samples}) < len(prepared.samples) - 190
    assert all(len(prepared.split.fold(fold)) > 450 for fold in ("train", "calibration", "test"))
