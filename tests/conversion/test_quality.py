from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from conversion import Picture, QualityLimits, ReasonCode, SourceFormat, check_quality, measure_quality
from tests.conversion.pictures import Pixels, noise, quarters


def picture(pixels: Pixels) -> Picture:
    return Picture(pixels, SourceFormat.PNG)


def flat(colour: tuple[int, int, int], width: int = 320, height: int = 256) -> Picture:
    return picture(np.broadcast_to(np.array(colour, np.uint8), (height, width, 3)).copy())


def test_brightness_is_the_mean_luma() -> None:
    assert measure_quality(flat((255, 0, 0))).brightness == pytest.approx(76, abs=1)
    assert measure_quality(flat((0, 255, 0))).brightness == pytest.approx(150, abs=1)
    assert measure_quality(flat((200, 200, 200))).brightness == pytest.approx(200, abs=0.5)


def test_colourfulness_is_the_mean_chroma() -> None:
    assert measure_quality(flat((200, 150, 100))).colourfulness == pytest.approx(100)
    assert measure_quality(flat((90, 90, 90))).colourfulness == 0
    assert measure_quality(picture(quarters(512, 512))).colourfulness == pytest.approx((190 + 180 + 180 + 0) / 4)


def test_a_flat_picture_has_no_sharpness() -> None:
    assert measure_quality(flat((120, 80, 60))).sharpness == 0


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    # A grating of period 4 px at the measuring size: values 0, 255, 255, 0 give Laplacians of +-255 everywhere.
    row = np.tile(np.array([0, 255, 255, 0], np.uint8), 64)
    pixels = np.repeat(np.tile(row, (256, 1))[..., None], 3, axis=2)
    assert measure_quality(picture(pixels)).sharpness == pytest.approx(255**2, rel=0.01)


def test_blur_lowers_sharpness_and_resolution_does_not() -> None:
    scene = Image.fromarray(noise(64, 48)).resize((1280, 960), Image.Resampling.BICUBIC)
    sharp = measure_quality(picture(np.asarray(scene))).sharpness
    half = measure_quality(picture(np.asarray(scene.resize((640, 480), Image.Resampling.LANCZOS)))).sharpness
    blurred = measure_quality(picture(np.asarray(scene.filter(ImageFilter.GaussianBlur(20))))).sharpness
    assert half == pytest.approx(sharp, rel=0.2)
    assert blurred < sharp / 5


def framed(content: Pixels, width: int, height: int, colour: int = 0) -> Pixels:
    """``content`` in the middle of a frame of one grey."""
    pixels = np.full((height, width, 3), colour, np.uint8)
    top, left = (height - content.shape[0]) // 2, (width - content.shape[1]) // 2
    pixels[top : top + content.shape[0], left : left + content.shape[1]] = content
    return pixels


def page(width: int = 600, height: int = 800) -> Pixels:
    """Black words on white paper."""
    image = Image.new("RGB", (width, height), "white")
    canvas = ImageDraw.Draw(image)
    for line in range(20, height - 20, 24):
        canvas.text((30, line), "it looks like a letter and not like a lesion " * 2, "black")
    return np.asarray(image)


def burnt(pixels: Pixels) -> Pixels:
    """Three times as much light as the sensor bears."""
    return np.clip(pixels.astype(int) * 3, 0, 255).astype(np.uint8)


def skin() -> Pixels:
    """Something smooth in the colours of light skin, with a darker spot in its middle."""
    down, across = np.indices((300, 400))
    spot = np.exp(-(((down - 150) / 40) ** 2 + ((across - 200) / 50) ** 2))[..., None]
    grain = np.asarray(Image.fromarray(noise(100, 75)).resize((400, 300), Image.Resampling.BICUBIC), float) - 127
    return np.clip(np.array([215, 165, 145]) - spot * np.array([120, 110, 100]) + grain / 6, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [0, 255, 120])
@pytest.mark.parametrize(("width", "height", "share"), [(400, 600, 0.5), (800, 300, 0.5), (800, 600, 0.75)])
def test_border_is_the_share_outside_the_content(width: int, height: int, share: float, colour: int) -> None:
    assert measure_quality(picture(framed(skin(), width, height, colour))).border == pytest.approx(share, abs=0.03)


def test_a_picture_without_a_frame_or_without_content_has_no_border() -> None:
    assert measure_quality(picture(skin())).border == pytest.approx(0, abs=0.02)
    assert measure_quality(flat((120, 80, 60))).border == 0
    dark = (skin() * 0.1).astype(np.uint8)
    assert measure_quality(picture(dark)).border == pytest.approx(0, abs=0.02)


def test_plainness_is_the_share_of_the_three_commonest_levels() -> None:
    assert measure_quality(flat((90, 90, 90))).plainness == 1
    halves = measure_quality(picture(framed(noise(256, 128), 256, 256, 77)))
    assert halves.plain_level == 77
    assert halves.plainness == pytest.approx(0.5 + 0.5 * 3 / 256, abs=0.03)


PLAIN = QualityLimits(max_plainness=0.6, max_border=0.5, max_sharpness=1000)


@pytest.mark.parametrize(
    ("pixels", "code"),
    [
        (page(), ReasonCode.SCREENSHOT),
        (255 - page(), ReasonCode.SCREENSHOT),
        (burnt(skin()), ReasonCode.OVEREXPOSED),
        (framed(skin(), 800, 600), ReasonCode.MOSTLY_BORDER),
        (skin(), None),
    ],
)
def test_pages_frames_and_burnt_pictures_are_told_apart(pixels: Pixels, code: ReasonCode | None) -> None:
    problem = check_quality(picture(pixels), PLAIN)
    assert (problem and problem.code) == code


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2), (2000, 100)])
def test_any_shape_can_be_measured(size: tuple[int, int]) -> None:
    measures = measure_quality(flat((10, 20, 30), *size))
    assert measures.shorter_side == min(size)
    assert measures.brightness == pytest.approx(18, abs=1)


@pytest.mark.parametrize(
    ("pixels", "limits", "code", "details"),
    [
        (quarters(300, 63), QualityLimits(), ReasonCode.TOO_SMALL, {"side": 63, "limit": 64}),
        (
            flat((10, 10, 10)).pixels,
            QualityLimits(min_brightness=20),
            ReasonCode.TOO_DARK,
            {"value": 10.0, "limit": 20.0},
        ),
        (
            flat((250, 250, 250)).pixels,
            QualityLimits(max_brightness=240),
            ReasonCode.TOO_BRIGHT,
            {"value": 250.0, "limit": 240.0},
        ),
        (
            flat((100, 100, 100)).pixels,
            QualityLimits(min_colourfulness=8),
            ReasonCode.COLOURLESS,
            {"value": 0.0, "limit": 8.0},
        ),
        (
            flat((160, 100, 90)).pixels,
            QualityLimits(min_sharpness=5, min_colourfulness=8),
            ReasonCode.BLURRED,
            {"value": 0.0, "limit": 5.0},
        ),
    ],
)
def test_each_fault_has_its_code(pixels: Pixels, limits: QualityLimits, code: ReasonCode, details: dict) -> None:
    problem = check_quality(picture(pixels), limits)
    assert problem is not None
    assert problem.code is code
    assert problem.details == details


def test_darkness_is_named_before_the_blur_it_brings() -> None:
    problem = check_quality(flat((2, 2, 2)), QualityLimits(min_brightness=20, min_sharpness=5, min_colourfulness=5))
    assert problem is not None
    assert problem.code is ReasonCode.TOO_DARK


def test_a_good_picture_passes_and_grey_does_where_colour_is_not_asked_for() -> None:
    limits = QualityLimits(min_sharpness=5, min_brightness=20, max_brightness=240, min_colourfulness=5)
    assert check_quality(picture(noise(300, 200)), limits) is None
    grey = np.repeat(noise(300, 200)[..., :1], 3, axis=2)
    assert check_quality(picture(grey), limits.model_copy(update={"min_colourfulness": 0.0})) is None
    problem = check_quality(picture(grey), limits)
    assert problem is not None
    assert problem.code is ReasonCode.COLOURLESS
