"""Photos as Telegram keeps them: a few JPEG sizes, without metadata, and never larger than 1280 px."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from sandbox.errors import bad_request

MAX_PHOTO_BYTES = 10 * 2**20
MAX_SIDES = 10_000
MAX_RATIO = 20
# Above this a phone's messenger would give up, and so would a small computer.
MAX_PIXELS = 60_000_000
# Longest sides in pixels; Telegram calls these sizes s, m, x and y.
_SIDES = (90, 320, 800, 1280)
_QUALITY = 87
_PHONE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")


@dataclass(frozen=True)
class PhotoSize:
    """One size of a photo: JPEG bytes, width and height in pixels."""

    data: bytes
    width: int
    height: int


class NotAPhoto(Exception):
    """The bytes cannot be sent as a photo."""


def photo_sizes(data: bytes) -> list[PhotoSize]:
    """Return the sizes of a person's photo, smallest first. Raises ``NotAPhoto`` where a phone would refuse."""
    try:
        with Image.open(io.BytesIO(data), formats=_PHONE_FORMATS) as picture:
            too_large = picture.width * picture.height > MAX_PIXELS
            sizes = [] if too_large else _sizes(picture)
    except Exception as error:  # a damaged file makes Pillow raise almost anything
        raise NotAPhoto("the file is not a picture that can be read") from error
    if too_large:
        raise NotAPhoto("the picture has too many pixels")
    return sizes


def bot_photo_sizes(data: bytes, one_size: bool = False) -> list[PhotoSize]:
    """Return the sizes of a photo that a bot sent, smallest first, or raise the error that Telegram answers with.

    With ``one_size`` there is one: the bytes as they came, of which only the size is read.
    """
    if len(data) > MAX_PHOTO_BYTES:
        limit = f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        raise bad_request(f"file of size {len(data)} bytes is too big for a photo; {limit}")
    try:
        with Image.open(io.BytesIO(data), formats=_PHONE_FORMATS) as picture:
            width, height = picture.size
            misshapen = width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height)
            whole = [PhotoSize(data, width, height)]
            sizes = [] if misshapen else whole if one_size else _sizes(picture)
    except Exception as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    if misshapen:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return sizes


def _sizes(picture: Image.Image) -> list[PhotoSize]:
    upright = ImageOps.exif_transpose(picture)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    colours = upright.convert("RGB")
    longest = max(colours.size)
    sides = [side for side in _SIDES if side < longest]
    sides.append(min(longest, _SIDES[-1]))
    return [_encode(colours, side / longest) for side in dict.fromkeys(sides)]


def _encode(picture: Image.Image, scale: float) -> PhotoSize:
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)
    target = io.BytesIO()
    small.save(target, "JPEG", quality=_QUALITY)
    return PhotoSize(target.getvalue(), *size)
