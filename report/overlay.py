"""The person's picture with what the model looked at laid over it; with a legend below, or bare for a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final

import cmap
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from conversion.picture import Picture
from models.diagnosis import Diagnosis
from models.metrics import step
from report.language import load_translations
from report.legend import BACKGROUND, LEAST_WIDTH, colour_ramp, draw_legend
from report.words import LOCALES

JPEG_QUALITY: Final = 88

# Perceptually uniform and, unlike inferno or magma, without near-black and near-white ends, which on an X-ray would
# pass for air and bone, on skin for pigment and glare.
_COLOURS: Final = "bids:plasma"
_COLD: Final = 0.1
_HOT: Final = 0.75
MOST_OPAQUE: Final = 0.55
_LEAST_SIDE: Final = 640
_ON_LINE: Final = 128
_STEPS: Final = 16
_LINE: Final = 1.6  # pixels from the middle of the contour to where it ends
_SEAM: Final = 3.0


def draw_overlay(diagnosis: Diagnosis, language: str, max_side: int = 1280) -> bytes:
    """The picture at its own aspect ratio, ``max_side`` pixels at most, with the heat map, as JPEG without metadata.

    Where the model hardly looked the picture stays as it is. A line runs at half of the heat map's peak, another round
    the part that the model was shown, unless that is the whole. The legend is below the picture, never on it.
    """
    with step("render"):
        return _draw_overlay(diagnosis, language, max_side)


def _draw_overlay(diagnosis: Diagnosis, language: str, max_side: int) -> bytes:
    _, painted = _paint(diagnosis, max_side)
    legend = draw_legend(max(painted.width, LEAST_WIDTH), _colours(), load_translations(LOCALES, language))
    sheet = Image.new("RGB", (legend.width, painted.height + legend.height), BACKGROUND)
    sheet.paste(painted, ((legend.width - painted.width) // 2, 0))
    sheet.paste(legend, (0, painted.height))
    return _jpeg(sheet)


@dataclass(frozen=True)
class Plates:
    """Pictures for a page, without words and metadata: ``picture`` as it was read and ``overlay`` with the heat map,
    JPEG of ``width`` x ``height`` pixels each; ``ramp`` are the heat map's colours from least to most, PNG."""

    picture: bytes
    overlay: bytes
    ramp: bytes
    width: int
    height: int


def draw_plates(diagnosis: Diagnosis, max_side: int = 1000) -> Plates:
    """The picture and, of the same size, its overlay as ``draw_overlay`` paints it."""
    bare, painted = _paint(diagnosis, max_side)
    ramp = BytesIO()
    colour_ramp(_colours(), (256, 8)).save(ramp, "PNG")
    return Plates(_jpeg(bare), _jpeg(painted), ramp.getvalue(), bare.width, bare.height)


def draw_layers(diagnosis: Diagnosis, max_side: int = 1280) -> tuple[Image.Image, Image.Image]:
    """The picture (RGB) and, of the same size, the heat map alone (RGBA), to be laid over it with any opacity.

    The heat map is as opaque as it can be: at ``MOST_OPAQUE`` of that it looks as in
    ``draw_overlay``, but for its line.
    """
    bare, region = _fit(diagnosis.picture, diagnosis.region, max_side)
    size = region[2] - region[0], region[3] - region[1]
    coded = _enlarge(255 * _smooth(np.clip(diagnosis.heatmap, 0, 1), size), size)
    opacity = coded.point([round(value / MOST_OPAQUE) for value in _colours()[:, 3].tolist()])
    coded.putpalette(_colours()[:, :3].tobytes())
    heat = coded.convert("RGB")
    heat.putalpha(opacity)
    layer = Image.new("RGBA", bare.size, (0, 0, 0, 0))
    layer.paste(heat, region[:2])
    return bare, layer


def _paint(diagnosis: Diagnosis, max_side: int) -> tuple[Image.Image, Image.Image]:
    """The picture, fitted to ``max_side``, without and with the heat map."""
    bare, region = _fit(diagnosis.picture, diagnosis.region, max_side)
    picture = bare.copy()
    colours = _colours()
    size = region[2] - region[0], region[3] - region[1]
    heat = _smooth(np.clip(diagnosis.heatmap, 0, 1), size)
    _lay(picture, region, _enlarge(255 * heat, size), colours)
    if heat.max() >= _COLD:
        _lay(picture, region, _enlarge(_distance_to_half(heat, size), size), _line())
    if size != picture.size:
        _frame(picture, region)
    return bare, picture


def _jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _fit(
    picture: Picture, region: tuple[int, int, int, int], max_side: int
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The picture scaled down to ``max_side``, or up to where a heat map is legible, and ``region`` scaled with it."""
    longer = max(picture.width, picture.height)
    scale = max(min(1.0, max_side / longer), min(max_side, _LEAST_SIDE) / longer)
    width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    image = Image.fromarray(picture.pixels)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=1.0)
    across, down = width / picture.width, height / picture.height
    left, top = min(width - 1, round(region[0] * across)), min(height - 1, round(region[1] * down))
    right, bottom = max(left + 1, round(region[2] * across)), max(top + 1, round(region[3] * down))
    return image, (left, top, right, bottom)


@lru_cache
def _colours() -> NDArray[np.uint8]:
    """RGBA for heat 0..255: opacity rises smoothly, so that cold parts show the bare picture."""
    table = np.asarray(cmap.Colormap(_COLOURS).lut(256)) * 255
    rise = np.clip((np.linspace(0, 1, 256) - _COLD) / (_HOT - _COLD), 0, 1)
    table[:, 3] = 255 * MOST_OPAQUE * rise * rise * (3 - 2 * rise)
    return np.round(table).astype(np.uint8)


@lru_cache
def _line() -> NDArray[np.uint8]:
    """RGBA for coded distances 0..255: a white line with a dark seam on both sides."""
    away = np.abs(np.arange(256) - _ON_LINE) / _STEPS
    white = np.clip(_LINE - away, 0, 1)
    opacity = np.maximum(0.9 * white, 0.45 * np.clip(_SEAM - away, 0, 1))
    return (255 * np.stack([white, white, white, opacity], axis=1)).astype(np.uint8)


def _smooth(heatmap: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """The heat map, bicubic, at a quarter of ``size``: from there on a straight enlargement looks the same."""
    quarter = max(2, size[0] // 4), max(2, size[1] // 4)
    return np.asarray(Image.fromarray(heatmap).resize(quarter, Image.Resampling.BICUBIC))


def _enlarge(values: NDArray[np.float32], size: tuple[int, int]) -> Image.Image:
    """``values``, cut to 0..255, as a grey image of ``size`` (width, height)."""
    coded = Image.fromarray(np.round(np.clip(values, 0, 255)).astype(np.uint8))
    return coded.resize(size, Image.Resampling.BILINEAR)


def _lay(
    picture: Image.Image, region: tuple[int, int, int, int], coded: Image.Image, colours: NDArray[np.uint8]
) -> None:
    """Paints ``colours`` (uint8 ``[256, 4]``, RGBA) onto ``region`` by the codes in ``coded``."""
    opacity = coded.point(colours[:, 3].tolist())
    coded.putpalette(colours[:, :3].tobytes())
    picture.paste(coded.convert("RGB"), region[:2], opacity)


def _distance_to_half(heat: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Distance to the line at half of the peak, coded: ``_ON_LINE`` on it, ``_STEPS`` more a pixel further in.

    It is ``(heat - half) / |gradient|`` in pixels of ``size``. A line drawn from enlarged distances stays sharp
    (Green 2007, doi:10.1145/1281500.1281665).
    """
    down, across = np.gradient(heat)
    slope = np.hypot(down * heat.shape[0] / size[1], across * heat.shape[1] / size[0])
    distance: NDArray[np.float32] = (heat - heat.max() / 2) / np.maximum(slope, 1e-6)
    return _ON_LINE + _STEPS * distance


def _frame(picture: Image.Image, region: tuple[int, int, int, int]) -> None:
    """A thin line round the part that the model was shown."""
    left, top, right, bottom = region
    ImageDraw.Draw(picture, "RGBA").rectangle((left, top, right - 1, bottom - 1), outline=(255, 255, 255, 150), width=2)
