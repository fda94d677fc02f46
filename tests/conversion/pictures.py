"""Pictures made by code, and their bytes in any format."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from conversion import DecodingLimits, Picture, UnreadablePicture, open_picture

Pixels = NDArray[np.uint8]

RED, GREEN, BLUE, WHITE = (220, 30, 40), (20, 200, 60), (30, 50, 210), (255, 255, 255)


def quarters(width: int = 64, height: int = 48) -> Pixels:
    """Red and green over blue and white: every way of turning it shows."""
    pixels = np.empty((height, width, 3), np.uint8)
    middle, centre = height // 2, width // 2
    pixels[:middle, :centre], pixels[:middle, centre:] = RED, GREEN
    pixels[middle:, :centre], pixels[middle:, centre:] = BLUE, WHITE
    return pixels


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encode(image: Image.Image | Pixels, file_format: str, **options: Any) -> bytes:
    """``image`` as a file of ``file_format``."""
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def corners(picture: Picture) -> list[tuple[int, ...]]:
    """The middle of each quarter: top left, top right, bottom left, bottom right."""
    height, width = picture.height, picture.width
    return [
        tuple(int(value) for value in picture.pixels[y, x])
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def is_near(measured: object, expected: object, tolerance: int) -> bool:
    return bool(np.abs(np.asarray(measured, int) - np.asarray(expected, int)).max() <= tolerance)


def refusal(data: bytes, **limits: float) -> UnreadablePicture:
    """The refusal that ``data`` ends in."""
    with pytest.raises(UnreadablePicture) as caught:
        open_picture(data, DecodingLimits(**limits))
    return caught.value
