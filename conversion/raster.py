"""Everyday picture files through Pillow: header, limits, decoding, way up."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin
from pillow_heif import register_heif_opener

from conversion.codestream import has_few_scans
from conversion.guard import BoundedBytes, check_frames, check_pixels, damaged, decoding
from conversion.picture import DecodingLimits, ReasonCode, SourceFormat, UnreadablePicture
from conversion.reduction import draft, reduced
from conversion.strips import pixels_of
from conversion.tones import to_rgb

register_heif_opener()

_METHODS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# The first picture of these is the one meant: a JPEG's others are views of a stereo pair or a gain map, a HEIF's
# primary picture is named as such.
_MAIN_PICTURE_FIRST = (SourceFormat.JPEG, SourceFormat.HEIF)

_NEW_SUBFILE_TYPE, _PHOTOMETRIC, _SUB_FILES, _DNG_VERSION = 254, 262, 330, 50706
_WHITE_IS_ZERO = 0
_RUN_LENGTH = (1, 2)  # a BMP's compressions of eight and of four bits
_SLOW_MEGAPIXELS = 2.5


def read_raster(file: BoundedBytes, limits: DecodingLimits, source_format: SourceFormat) -> NDArray[np.uint8]:
    """The picture in ``file``, uint8 ``[H, W, 3]``, sRGB, upright, reduced. Raises :class:`UnreadablePicture`."""
    with decoding(limits):
        image = Image.open(file, formats=[source_format.value.upper()])
        width, height = image.size
        tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
        is_run_length = source_format is SourceFormat.BMP and image.info.get("compression") in _RUN_LENGTH
        is_raw = _DNG_VERSION in tags or (_SUB_FILES in tags and tags.get(_NEW_SUBFILE_TYPE) == 1)
        white_is_zero = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    if is_raw:
        # What the plain TIFF in a camera's raw file shows is its thumbnail.
        raise UnreadablePicture(ReasonCode.UNSUPPORTED_FORMAT, "raw files are not read", format="raw")
    check_pixels(width, height, _slow_limits(limits) if is_run_length else limits)
    if source_format is SourceFormat.JPEG and not has_few_scans(file.getvalue()):
        raise damaged("the JPEG has more scans than there is detail for")
    if source_format not in _MAIN_PICTURE_FIRST:
        with decoding(limits):
            frames = _frames(image)
        check_frames(frames)
    with decoding(limits):
        # A GIF's frame may reach beyond its screen, so the size is only final here.
        width, height = image.size
        check_pixels(width, height, limits)
        if source_format is SourceFormat.JPEG:
            draft(image, limits.enough)
        image.load()
        pixels = pixels_of(_upright(image, reduced(to_rgb(image), limits.enough)))
    # Pillow hands white-is-zero pictures of up to 8 bits over inverted, deeper ones as they are.
    return 255 - pixels if white_is_zero and image.mode.startswith(("I", "F")) else pixels


def _slow_limits(limits: DecodingLimits) -> DecodingLimits:
    """The limits for run-length encoded BMP, which Pillow unpacks in Python, pixel by pixel: a full screen's worth."""
    return limits.model_copy(update={"megapixels": min(limits.megapixels, _SLOW_MEGAPIXELS)})


def _frames(image: Image.Image) -> int:
    """How many pictures the file holds, not counting a TIFF's reduced copies (bit 0) and masks (bit 2)."""
    frames: int = getattr(image, "n_frames", 1)
    if frames == 1 or not isinstance(image, TiffImagePlugin.TiffImageFile):
        return frames
    pictures = 0
    for frame in reversed(range(frames)):
        image.seek(frame)
        pictures += not int(image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)) & 0b101
    return pictures


def _upright(source: Image.Image, image: Image.Image) -> Image.Image:
    """``image`` turned as the loaded ``source``'s EXIF says; Pillow's TIFF and HEIF readers have turned theirs."""
    orientation = None
    # A broken EXIF block says nothing about the way up, and no reason to refuse.
    with suppress(Exception):
        orientation = source.getexif().get(ExifTags.Base.Orientation)
    method = _METHODS.get(orientation) if isinstance(orientation, int) else None
    return image if method is None else image.transpose(method)
