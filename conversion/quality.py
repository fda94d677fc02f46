"""Whether a picture is good enough to be worth reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from conversion.picture import Picture, QualityLimits, QualityProblem, ReasonCode

QUALITY_CODES = (
    ReasonCode.TOO_SMALL,
    ReasonCode.SCREENSHOT,
    ReasonCode.OVEREXPOSED,
    ReasonCode.MOSTLY_BORDER,
    ReasonCode.TOO_DARK,
    ReasonCode.TOO_BRIGHT,
    ReasonCode.COLOURLESS,
    ReasonCode.BLURRED,
)
"""What ``check_quality`` may find, in the order in which it looks."""

_SIDE = 256
_LONGEST_SIDE = 2048
_DECIMATED_SIDE = _SIDE * 3 // 2
_PLAIN_LEVELS = 3
_EVEN_SHARE = 0.05
_WHITE = 250


@dataclass(frozen=True)
class QualityMeasures:
    """What :class:`QualityLimits` bounds: pixels, variance of the Laplacian, mean luma and mean chroma (0..255), and
    the shares of the picture (0..1) that are border and that are plain. ``plain_level`` is the commonest luma."""

    shorter_side: int
    sharpness: float
    brightness: float
    colourfulness: float
    border: float = 0.0
    plainness: float = 0.0
    plain_level: int = 0


def measure_quality(picture: Picture) -> QualityMeasures:
    """The measures of ``picture``, most of them of its luma at 256 px on the shorter side.

    Sharpness is the variance of the luma's four-neighbour Laplacian (Pech-Pacheco et al. 2000): at one fixed size it
    does not depend on the camera's resolution. A strip more than eight times as long as wide is squeezed to that.
    Of a camera's picture every nth pixel is taken first, which leaves at least 384: averaging millions of pixels costs
    more than a model does.
    """
    shorter = min(picture.width, picture.height)
    step = max(1, shorter // _DECIMATED_SIDE)
    # A plane at a time: taking every nth of three bytes together is three times as slow.
    planes = [np.ascontiguousarray(picture.pixels[::step, ::step, channel]) for channel in range(3)]
    luma = _small(_luma(planes))
    neighbours = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    laplacian = neighbours - 4 * luma[1:-1, 1:-1]
    levels = np.bincount(luma.ravel(), minlength=256)
    chroma = np.maximum.reduce(planes) - np.minimum.reduce(planes)
    return QualityMeasures(
        shorter_side=shorter,
        sharpness=float(laplacian.var()),
        brightness=float(luma.mean()),
        colourfulness=float(chroma.mean()),
        border=_border(luma),
        plainness=float(np.sort(levels)[-_PLAIN_LEVELS:].sum() / luma.size),
        plain_level=int(levels.argmax()),
    )


def check_quality(picture: Picture, limits: QualityLimits) -> QualityProblem | None:
    """The first reason not to read ``picture``, or None."""
    return judge_quality(measure_quality(picture), limits)


def judge_quality(measures: QualityMeasures, limits: QualityLimits) -> QualityProblem | None:
    """The first reason not to read a picture with these ``measures``, or None.

    What the whole picture is comes first: a page is bright too, and a black picture is blurred too, but that is not
    what is wrong with them.
    """
    return next(_problems(measures, limits), None)


def _problems(found: QualityMeasures, limits: QualityLimits) -> Iterator[QualityProblem]:
    if found.shorter_side < limits.min_side:
        yield QualityProblem(ReasonCode.TOO_SMALL, {"side": found.shorter_side, "limit": limits.min_side})
    plain = found.plainness > limits.max_plainness
    if plain and found.sharpness > limits.max_sharpness:
        yield _problem(ReasonCode.SCREENSHOT, 100 * found.plainness, 100 * limits.max_plainness)
    if plain and found.plain_level >= _WHITE:
        yield _problem(ReasonCode.OVEREXPOSED, 100 * found.plainness, 100 * limits.max_plainness)
    if found.border > limits.max_border:
        yield _problem(ReasonCode.MOSTLY_BORDER, 100 * found.border, 100 * limits.max_border)
    if found.brightness < limits.min_brightness:
        yield _problem(ReasonCode.TOO_DARK, found.brightness, limits.min_brightness)
    if found.brightness > limits.max_brightness:
        yield _problem(ReasonCode.TOO_BRIGHT, found.brightness, limits.max_brightness)
    if found.colourfulness < limits.min_colourfulness:
        yield _problem(ReasonCode.COLOURLESS, found.colourfulness, limits.min_colourfulness)
    if found.sharpness < limits.min_sharpness:
        yield _problem(ReasonCode.BLURRED, found.sharpness, limits.min_sharpness)


def _problem(code: ReasonCode, value: float, limit: float) -> QualityProblem:
    return QualityProblem(code, {"value": round(value, 1), "limit": round(limit, 2)})


def _luma(planes: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """ITU-R BT.601 in 256ths, which 16 bits hold."""
    red, green, blue = (plane.astype(np.uint16) for plane in planes)
    return ((77 * red + 150 * green + 29 * blue + 128) >> 8).astype(np.uint8)


def _small(luma: NDArray[np.uint8]) -> NDArray[np.int32]:
    """``luma`` ``[H, W]`` at 256 px on the shorter side."""
    height, width = luma.shape
    scale = _SIDE / min(height, width)
    size = (min(_LONGEST_SIDE, round(width * scale)), min(_LONGEST_SIDE, round(height * scale)))
    return np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.BILINEAR)).astype(np.int32)


def _border(luma: NDArray[np.int32]) -> float:
    """The share of the picture outside the smallest rectangle beyond which every whole row and column is even: its
    values span no more than a twentieth of the picture's own. A picture without any content has no border."""
    span = _EVEN_SHARE * float(np.ptp(luma))
    rows = _first_and_last(np.ptp(luma, axis=1) > span)
    within = luma[rows]
    columns = _first_and_last(np.ptp(within, axis=0) > span)
    content = within[:, columns].size
    return 1 - content / luma.size if content else 0.0


def _first_and_last(wanted: NDArray[np.bool_]) -> slice:
    found = np.flatnonzero(wanted)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, len(wanted))
