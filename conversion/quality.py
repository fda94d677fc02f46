"""Whether a picture is good enough to be worth reading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from conversion.picture import Picture, QualityLimits, QualityProblem, ReasonCode

_SIDE = 256
_LONGEST_SIDE = 2048


@dataclass(frozen=True)
class QualityMeasures:
    """What :class:`QualityLimits` bounds: pixels, variance of the Laplacian, mean luma and mean chroma (0..255)."""

    shorter_side: int
    sharpness: float
    brightness: float
    colourfulness: float


def measure_quality(picture: Picture) -> QualityMeasures:
    """The measures of ``picture``: sharpness and brightness at 256 px on the shorter side, chroma on every nth pixel.

    Sharpness is the variance of the luma's four-neighbour Laplacian (Pech-Pacheco et al. 2000): at one fixed size it
    does not depend on the camera's resolution. A strip more than eight times as long as wide is squeezed to that.
    """
    shorter = min(picture.width, picture.height)
    scale = _SIDE / shorter
    size = (min(_LONGEST_SIDE, round(picture.width * scale)), min(_LONGEST_SIDE, round(picture.height * scale)))
    grey = Image.fromarray(picture.pixels).convert("L").resize(size, Image.Resampling.BILINEAR, reducing_gap=1.1)
    luma = np.asarray(grey).astype(np.float32)
    neighbours = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    laplacian = neighbours - 4 * luma[1:-1, 1:-1]
    step = max(1, shorter // _SIDE)
    red, green, blue = np.ascontiguousarray(np.moveaxis(picture.pixels[::step, ::step], 2, 0))
    chroma = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return QualityMeasures(shorter, float(laplacian.var()), float(luma.mean()), float(chroma.mean()))


def check_quality(picture: Picture, limits: QualityLimits) -> QualityProblem | None:
    """The first reason not to read ``picture``, or None.

    Light and colour come before sharpness: a black picture is blurred too, but that is not what is wrong with it.
    """
    measures = measure_quality(picture)
    if measures.shorter_side < limits.min_side:
        return QualityProblem(ReasonCode.TOO_SMALL, {"side": measures.shorter_side, "limit": limits.min_side})
    for code, value, limit, missed in (
        (ReasonCode.TOO_DARK, measures.brightness, limits.min_brightness, measures.brightness < limits.min_brightness),
        (
            ReasonCode.TOO_BRIGHT,
            measures.brightness,
            limits.max_brightness,
            measures.brightness > limits.max_brightness,
        ),
        (
            ReasonCode.COLOURLESS,
            measures.colourfulness,
            limits.min_colourfulness,
            measures.colourfulness < limits.min_colourfulness,
        ),
        (ReasonCode.BLURRED, measures.sharpness, limits.min_sharpness, measures.sharpness < limits.min_sharpness),
    ):
        if missed:
            return QualityProblem(code, {"value": round(value, 1), "limit": limit})
    return None
