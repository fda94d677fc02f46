"""The strip under an overlay: what its colours mean, in the person's language."""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from report.language import mark

LEAST_WIDTH: Final = 480
"""Pixels that the strip's texts need at their smallest readable size."""

LESS: Final = mark("less attention")
MORE: Final = mark("more attention")
CAUTION: Final = mark("Where the model looked, not where the disease is")

BACKGROUND: Final = (22, 24, 29)
_BRIGHT: Final = (236, 238, 242)
_DIM: Final = (160, 166, 178)
FONT: Final = Path(__file__).parent / "fonts" / "Inter-Medium.otf"
_SMALLEST: Final = 15
_LARGEST: Final = 26


def draw_legend(width: int, colours: NDArray[np.uint8], translations: gettext.NullTranslations) -> Image.Image:
    """A strip ``width`` pixels wide, at least ``LEAST_WIDTH``: a colour bar between its two meanings, a caution below.

    ``colours`` is uint8 ``[256, 4]``, RGBA from no attention to most.
    """
    _ = translations.gettext
    less, more = _(LESS), _(MORE)
    caution = _(CAUTION)
    size = min(_LARGEST, max(_SMALLEST, width // 48))
    font, small = _font(size), _font(size - 2)
    row, margin = round(size * 1.7), size
    strip = Image.new("RGB", (width, 2 * row + margin), BACKGROUND)
    pen = ImageDraw.Draw(strip)
    first = margin // 2 + row // 2
    pen.text((margin, first), less, _BRIGHT, font, "lm")
    pen.text((width - margin, first), more, _BRIGHT, font, "rm")
    pen.text((width // 2, first + row), caution, _DIM, small, "mm")
    left = margin + round(font.getlength(less)) + size
    right = width - margin - round(font.getlength(more)) - size
    thickness = round(size * 0.7)
    _paste_bar(strip, (left, first - thickness // 2, right, first - thickness // 2 + thickness), colours)
    return strip


def _paste_bar(strip: Image.Image, box: tuple[int, int, int, int], colours: NDArray[np.uint8]) -> None:
    """A rounded bar of ``colours``."""
    left, top, right, bottom = box
    size = (right - left, bottom - top)
    shown = colour_ramp(colours, size)
    mask = Image.new("L", (4 * size[0], 4 * size[1]))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), mask.height // 2, 255)
    strip.paste(shown, (left, top), mask.resize(size, Image.Resampling.BOX))


def colour_ramp(colours: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    """``colours`` from left to right over mid grey, as on the picture, so that little attention looks like little."""
    ramp = Image.fromarray(colours[np.newaxis]).resize(size, Image.Resampling.BILINEAR)
    return Image.alpha_composite(Image.new("RGBA", size, (96, 99, 106, 255)), ramp).convert("RGB")


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
