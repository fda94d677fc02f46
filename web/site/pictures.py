"""Pictures on their way into a page: small enough to travel, and part of the page itself."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

_SIDE: Final = 1280
_THUMBNAIL_SIDE: Final = 160
_QUALITY: Final = 88


@dataclass(frozen=True)
class Layers:
    """The picture, its heat map on a transparent ground, and a small copy of the picture; all WebP."""

    picture: bytes
    heat: bytes
    thumbnail: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.picture) + len(self.heat) + len(self.thumbnail)


def layers_of(picture: bytes, heat: bytes) -> Layers:
    """From the two PNGs that the API draws. Raises ``OSError`` for what is no picture."""
    with Image.open(BytesIO(picture), formats=("PNG",)) as image:
        bare = image.convert("RGB")
    with Image.open(BytesIO(heat), formats=("PNG",)) as image:
        colours = image.convert("RGBA")
    return Layers(_webp(bare, _SIDE), _webp(colours, _SIDE), _webp(bare, _THUMBNAIL_SIDE))


def data_url(data: bytes, media_type: str) -> str:
    """``data`` as an address of its own: nothing is kept on a server for others to find."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _webp(image: Image.Image, side: int) -> bytes:
    image = image.copy()
    image.thumbnail((side, side))
    file = BytesIO()
    image.save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()
