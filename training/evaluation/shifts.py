"""Pictures as another camera, hospital or screen would have given them: simulated shifts, always the same."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from conversion import Fit, Picture, open_picture, to_model_input
from training.data import Sample

Change = Callable[[Image.Image], Image.Image]


def _gamma(exponent: float) -> Change:
    table = [round(255 * (value / 255) ** exponent) for value in range(256)] * 3
    return lambda image: image.point(table)


def _contrast(factor: float) -> Change:
    return lambda image: ImageEnhance.Contrast(image).enhance(factor)


def _blur(share: float) -> Change:
    return lambda image: image.filter(ImageFilter.GaussianBlur(share * min(image.size)))


def _crop(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        left, top = round(image.width * (1 - share) / 2), round(image.height * (1 - share) / 2)
        return image.crop((left, top, image.width - left, image.height - top))

    return change


def _resample(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        small = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        return image.resize(small, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BILINEAR)

    return change


def _jpeg(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer).convert("RGB")

    return change


SHIFTS: Mapping[str, Change] = {
    "darker": _gamma(1.5),
    "brighter": _gamma(0.67),
    "less_contrast": _contrast(0.65),
    "more_contrast": _contrast(1.4),
    "blurred": _blur(0.008),
    "cropped": _crop(0.88),
    "resampled": _resample(0.5),
    "compressed": _jpeg(40),
}
"""Gamma 1.5 and 0.67; contrast x 0.65 and x 1.4; Gaussian blur of 0.8 % of the shorter side; the central 88 %; down to
half the size and up again; JPEG quality 40."""


def load_shifted(samples: Sequence[Sample], height: int, width: int, fit: Fit, shift: str) -> NDArray[np.uint8]:
    """Pictures uint8 ``[N, height, width, 3]`` changed at their own size, before they become model input."""

    def load(sample: Sample) -> NDArray[np.uint8]:
        picture = shifted(open_picture(sample.path.read_bytes()), shift)
        return to_model_input(picture, height, width, fit).pixels

    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(load, samples)))


def shifted(picture: Picture, shift: str) -> Picture:
    """``picture`` under one of ``SHIFTS``."""
    return replace(picture, pixels=np.asarray(SHIFTS[shift](Image.fromarray(picture.pixels))))
