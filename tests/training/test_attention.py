"""How much of the heat lies on what matters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny_models import write_tiny_model
from tests.training.commands import run
from training.attention import SIDE, Looked, _summary, lesion, lungs


def ellipse(row: float, column: float, height: float, width: float) -> np.ndarray:
    """bool ``[SIDE, SIDE]``; all in shares of the picture."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return ((down - row) / height) ** 2 + ((across - column) / width) ** 2 <= 1


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & true).sum() / (found | true).sum())


def rough(values: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 6, (SIDE, SIDE, 3))
    return np.clip(values[..., None] + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tube", [False, True])
def test_a_dark_spot_is_found_and_the_shadow_of_the_tube_is_not(tube: bool) -> None:
    spot = ellipse(0.45, 0.55, 0.2, 0.15)
    picture = np.where(spot, 90.0, 190.0)
    if tube:
        picture = np.where(ellipse(0.5, 0.5, 0.55, 0.55), picture, 10.0)
    assert overlap(lesion(rough(picture)), spot) > 0.85


def test_two_dark_lungs_are_found_and_the_air_beside_the_body_is_not() -> None:
    both = ellipse(0.45, 0.3, 0.28, 0.12) | ellipse(0.45, 0.7, 0.28, 0.12)
    picture = np.where(both, 70.0, 180.0)
    picture[:, : SIDE // 20] = 0
    assert overlap(lungs(rough(picture)), both) > 0.75


def test_the_mean_share_is_set_against_the_area() -> None:
    report = _summary([Looked(0.6, 0.2), Looked(0.4, 0.3)], 100)
    assert report["share of the heat"][0] == pytest.approx(0.5)
    assert report["times as much as by chance"][0] == pytest.approx(0.5 / 0.25)
    assert report["share of the heat"][1] == pytest.approx(0.4)


def test_a_folder_is_measured_and_a_sheet_drawn(tmp_path: Path) -> None:
    random, (down, across) = np.random.default_rng(0), np.mgrid[-0.5 : 0.5 : SIDE * 1j, -0.5 : 0.5 : SIDE * 1j]
    for folder in ("benign", "malignant"):
        (tmp_path / "spots" / folder).mkdir(parents=True)
        for number in range(25):
            row, column, height, width = random.uniform((0.3, 0.3, 0.1, 0.1), (0.7, 0.7, 0.3, 0.3))
            slope, tilt = random.uniform(-60, 60, 2)
            ground = 170 + slope * down + tilt * across
            picture = np.where(ellipse(row, column, height, width), ground - 90, ground)
            Image.fromarray(rough(picture)).save(tmp_path / "spots" / folder / f"{folder}{number}.png")
    write_tiny_model(tmp_path / "weights")
    done = run(
        "attention", "model=melanoma", f"data.root={tmp_path / 'spots'}", f"weights_dir={tmp_path / 'weights'}",
        f"data.cache={tmp_path / 'cache'}", f"out={tmp_path / 'sheet.png'}", "resamples=20",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "of them the place was found" in done.stdout
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (8 * SIDE, 5 * SIDE)
