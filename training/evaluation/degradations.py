"""Pictures made unreadable, to see whether the gate stops them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from conversion import open_picture

BLUR = 0.03
"""Of the shorter side: a lesion's border or a rib is then a smear."""
DARKNESS, BURN = 0.08, 3.0
"""Light that is left, and how many times as much as the sensor bears."""
TINY_SIDE = 48


def _blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(BLUR * min(image.size)))


def _lit(share: float) -> Callable[[Image.Image], Image.Image]:
    def lit(image: Image.Image) -> Image.Image:
        return Image.fromarray(np.clip(np.asarray(image, np.float32) * share, 0, 255).astype(np.uint8))

    return lit


def _tiny(image: Image.Image) -> Image.Image:
    scale = TINY_SIDE / min(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)))


DEGRADATIONS: Mapping[str, Callable[[Image.Image], Image.Image]] = MappingProxyType(
    {"blurred": _blurred, "dark": _lit(DARKNESS), "overexposed": _lit(BURN), "tiny": _tiny}
)


def degrade(data: bytes, how: str) -> bytes:
    """The picture that ``data`` holds, made unreadable by one of ``DEGRADATIONS``, as PNG. Raises
    ``UnreadablePicture`` when it is so already."""
    buffer = BytesIO()
    DEGRADATIONS[how](Image.fromarray(open_picture(data).pixels)).save(buffer, "PNG")
    return buffer.getvalue()
