from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFont

from models.diagnosis import Diagnosis
from report.language import LANGUAGES
from report.legend import FONT, LEAST_WIDTH
from report.overlay import draw_overlay
from tests.report.samples import GREY, blob, diagnosis

PROBABILITIES = {"malignant": 0.9, "benign": 0.1}
JPEG_TOLERANCE = 4


def grey(
    size: tuple[int, int] = (800, 600),
    heatmap: NDArray[np.float32] | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> Diagnosis:
    return diagnosis(PROBABILITIES, size=size, heatmap=heatmap, region=region)


def drawn(reading: Diagnosis, language: str = "en", **options: int) -> NDArray[np.int16]:
    return np.asarray(Image.open(BytesIO(draw_overlay(reading, language, **options)))).astype(np.int16)


def colourfulness(pixels: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.asarray(pixels.max(axis=-1) - pixels.min(axis=-1))


def test_cold_parts_show_the_untouched_picture() -> None:
    noise = np.random.default_rng(1).integers(60, 200, (37, 50), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(noise).resize((800, 600), Image.Resampling.BICUBIC).convert("RGB"))
    shown = drawn(diagnosis(PROBABILITIES, heatmap=blob(5, 5, 0.7), pixels=smooth.copy()))
    cold = (slice(0, 280), slice(0, 380))
    assert np.abs(shown[cold] - smooth[cold]).max() <= 2 * JPEG_TOLERANCE


def test_a_hot_part_is_coloured_where_the_heat_is() -> None:
    shown = drawn(grey(heatmap=blob(1, 5, 0.8)))
    row, column = int(1.5 / 7 * 600), int(5.5 / 7 * 800)
    red, green, blue = shown[row, column]
    assert red > blue + 40
    assert green > blue + 40
    vivid = colourfulness(shown[:600])
    assert vivid[row, column] > 60
    assert vivid[300:, :400].max() <= JPEG_TOLERANCE


def test_colour_rises_with_heat() -> None:
    ramp = np.tile(np.linspace(0, 1, 12, dtype=np.float32), (12, 1))
    shown = drawn(grey(heatmap=ramp))
    away = np.abs(shown[300] - GREY).max(axis=-1)[[20, 250, 480, 560, 760]]
    assert away[0] <= JPEG_TOLERANCE
    assert np.all(np.diff(away) > 0)


def test_the_picture_shows_through_where_it_is_hottest() -> None:
    half = np.full((600, 800, 3), 60, np.uint8)
    half[:, 400:] = 190
    shown = drawn(diagnosis(PROBABILITIES, heatmap=np.ones((7, 7), np.float32), pixels=half))
    assert np.all(shown[300, 600] - shown[300, 200] > 40)


def test_a_line_runs_at_half_of_the_peak() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (8, 1))
    row = drawn(grey(heatmap=ramp))[300]
    brightest = int(row.min(axis=-1).argmax())
    assert abs(brightest - 400) <= 3
    assert row[brightest].min() > 180


@pytest.mark.parametrize("region", [(200, 0, 800, 600), (0, 100, 300, 400)])
def test_the_heat_map_lies_within_its_region(region: tuple[int, int, int, int]) -> None:
    shown = drawn(grey(heatmap=np.ones((7, 7), np.float32), region=region))[:600]
    left, top, right, bottom = region
    outside = np.ones((600, 800), bool)
    outside[max(0, top - 16) : bottom + 16, max(0, left - 16) : right + 16] = False
    assert np.abs(shown[outside] - GREY).max() <= JPEG_TOLERANCE
    inside = colourfulness(shown[top + 8 : bottom - 8, left + 8 : right - 8])
    assert inside.min() > 60


def test_a_region_is_framed_only_when_it_is_a_part() -> None:
    cold = np.zeros((7, 7), np.float32)
    framed = drawn(grey(heatmap=cold, region=(200, 0, 800, 600)))[:600]
    assert framed[300, 200:202].min() > GREY + 40
    assert np.abs(framed[300, 300:780] - GREY).max() <= JPEG_TOLERANCE
    whole = drawn(grey(heatmap=cold))[:590]
    assert np.abs(whole - GREY).max() <= JPEG_TOLERANCE


@pytest.mark.parametrize(
    ("size", "shown"), [((1600, 1200), (1280, 960)), ((600, 800), (600, 800)), ((30, 20), (640, 427))]
)
def test_the_pictures_own_aspect_ratio_is_kept(size: tuple[int, int], shown: tuple[int, int]) -> None:
    pixels = drawn(grey(size, heatmap=np.ones((7, 7), np.float32)))
    assert pixels.shape[1] == shown[0]
    coloured = np.nonzero(colourfulness(pixels).min(axis=1) > 60)[0]
    assert abs(len(coloured) - shown[1]) <= 8


def test_the_longest_side_is_the_callers() -> None:
    assert drawn(grey((3000, 2000)), max_side=900).shape[1] == 900


@pytest.mark.parametrize("size", [(100, 2000), (2000, 100), (1, 1), (1, 3000), (4000, 3), (5000, 5000)])
def test_extreme_shapes_stay_within_what_telegram_takes(size: tuple[int, int]) -> None:
    data = draw_overlay(grey(size), "ru")
    image = Image.open(BytesIO(data))
    assert image.width + image.height <= 10_000
    assert max(image.size) / min(image.size) <= 20
    assert image.width >= LEAST_WIDTH
    assert len(data) < 10 * 2**20


def test_a_narrow_picture_stands_in_the_middle_of_its_sheet() -> None:
    shown = drawn(grey((60, 1200), heatmap=np.zeros((7, 7), np.float32)))
    bright = np.nonzero(shown[600].min(axis=-1) > GREY - 20)[0]
    assert abs(bright.min() + bright.max() - (LEAST_WIDTH - 1)) <= 2
    assert abs(len(bright) - 60) <= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_is_below_the_picture_with_a_colour_bar_and_words(language: str) -> None:
    shown = drawn(grey(heatmap=np.zeros((7, 7), np.float32)), language)
    strip = shown[604:]
    assert 40 < len(strip) < 120
    assert np.median(strip) < 60
    vivid = np.nonzero(colourfulness(strip).max(axis=0) > 60)[0]
    assert vivid.min() > 300
    assert vivid.max() < 700
    assert strip[:, :150].max() > 200
    assert strip[:, -150:].max() > 200


def test_the_legend_speaks_the_persons_language() -> None:
    english, russian = (drawn(grey(), language) for language in LANGUAGES)
    assert np.abs(english[:590] - russian[:590]).max() == 0
    assert np.abs(english[604:] - russian[604:]).max() > 100


def test_russian_letters_are_in_the_font() -> None:
    font = ImageFont.truetype(FONT, 20)
    missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    for letter in "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗ—«»":
        assert (font.getmask(letter).getbbox(), bytes(font.getmask(letter))) != missing, letter


def test_no_metadata_is_written() -> None:
    data = draw_overlay(grey(), "en")
    image = Image.open(BytesIO(data))
    assert image.format == "JPEG"
    assert image.mode == "RGB"
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not getattr(image, "text", None)


def test_a_heat_map_out_of_range_is_clipped() -> None:
    wild = np.where(blob(3, 3) > 0.5, 3.0, -1.0).astype(np.float32)
    assert np.array_equal(drawn(grey(heatmap=wild)), drawn(grey(heatmap=np.clip(wild, 0, 1))))


def test_the_persons_picture_is_not_written_to() -> None:
    reading = grey()
    before = reading.picture.pixels.copy()
    draw_overlay(reading, "en")
    assert np.array_equal(reading.picture.pixels, before)
