"""Pictures are made unreadable in the way that their name says."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from conversion import UnreadablePicture, measure_quality, open_picture
from conversion.quality import QUALITY_CODES, QualityMeasures
from training.evaluation.degradations import DEGRADATIONS, TINY_SIDE, degrade
from training.router.drawings import draw


@pytest.fixture(scope="module")
def picture() -> bytes:
    (image,) = draw(1, 300, seed=3)
    noise = np.random.default_rng(0).normal(0, 25, (300, 300, 3))
    buffer = BytesIO()
    Image.fromarray(np.clip(np.asarray(image) * 0.5 + 60 + noise, 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def measured(data: bytes) -> QualityMeasures:
    return measure_quality(open_picture(data))


def test_each_way_leaves_less_to_be_seen(picture: bytes) -> None:
    before = measured(picture)
    assert measured(degrade(picture, "blurred")).sharpness < before.sharpness / 20
    assert measured(degrade(picture, "dark")).brightness == pytest.approx(before.brightness * 0.08, abs=1)
    burnt = measured(degrade(picture, "overexposed"))
    assert burnt.brightness > 230
    assert burnt.plainness > 5 * before.plainness
    assert burnt.plain_level == 255
    assert measured(degrade(picture, "tiny")).shorter_side == TINY_SIDE
    assert set(DEGRADATIONS) == {"blurred", "dark", "overexposed", "tiny"}


def test_what_is_no_picture_stays_none() -> None:
    with pytest.raises(UnreadablePicture):
        degrade(b"no picture", "dark")


def test_the_gate_s_codes_are_told_apart_from_other_refusals() -> None:
    assert len(set(QUALITY_CODES)) == 8
    assert "unlike_training" not in QUALITY_CODES
