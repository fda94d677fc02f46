from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from conversion import DecodingLimits, open_picture
from conversion.picture import FOR_MODELS, TO_BE_SHOWN
from conversion.reduction import reduction
from tests.conversion.dicoms import dataset, file_of
from tests.conversion.pictures import GREEN, RED, corners, encode, is_near, quarters

SHOWN = DecodingLimits(enough=TO_BE_SHOWN)


@pytest.mark.parametrize(
    ("size", "factor"),
    [
        ((1280, 960), 1),
        ((1439, 1439), 1),
        ((2560, 1440), 2),
        ((1440, 2560), 2),
        ((4000, 3000), 4),
        ((8660, 5773), 8),
        ((100_000, 500), 1),
    ],
)
def test_a_picture_keeps_what_an_answer_shows(size: tuple[int, int], factor: int) -> None:
    assert reduction(*size, TO_BE_SHOWN) == factor


@pytest.mark.parametrize(("size", "factor"), [((895, 2000), 1), ((1280, 960), 2), ((960, 1280), 2), ((1792, 1792), 4)])
def test_less_is_enough_for_a_model(size: tuple[int, int], factor: int) -> None:
    assert reduction(*size, FOR_MODELS) == factor


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF", "AVIF"])
def test_a_large_picture_is_halved_whatever_its_format(file_format: str) -> None:
    picture = open_picture(encode(quarters(2600, 1500), file_format), SHOWN)
    assert (picture.width, picture.height) == (1300, 750)
    whole = open_picture(encode(quarters(1300, 750), file_format), SHOWN)
    assert is_near(corners(picture), corners(whole), 4)


def test_each_pixel_is_the_mean_of_those_that_it_stands_for() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (1443, 2561, 3), dtype=np.uint8)
    picture = open_picture(encode(pixels, "PNG"), SHOWN)
    assert picture.pixels.shape == (722, 1281, 3)
    means = pixels[:1442, :2560].reshape(721, 2, 1280, 2, 3).mean(axis=(1, 3))
    assert is_near(picture.pixels[:721, :1280], means, 1)
    # What is left over at the edge stands for itself.
    assert is_near(picture.pixels[721, :1280], pixels[1442, :2560].reshape(1280, 2, 3).mean(axis=1), 1)


def test_a_large_jpeg_is_turned_upright_after_it_was_reduced() -> None:
    image = Image.fromarray(quarters(2600, 1500))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    picture = open_picture(encode(image, "JPEG", exif=exif.tobytes(), quality=95), SHOWN)
    assert (picture.width, picture.height) == (750, 1300)
    upright = corners(picture)
    assert is_near(upright[1], RED, 6)
    assert is_near(upright[3], GREEN, 6)


def test_a_large_dicom_is_reduced_too() -> None:
    ramp = np.tile(np.linspace(0, 4095, 2600, dtype=np.uint16), (1500, 1))
    picture = open_picture(file_of(dataset(ramp)), SHOWN)
    assert (picture.width, picture.height) == (1300, 750)
    row = picture.pixels[300, :, 0].astype(int)
    assert row[0] <= 1
    assert row[-1] >= 254
    assert (np.diff(row) >= 0).all()
