"""Bytes become a picture, or a reason why not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from conversion.dicom import read_dicom
from conversion.guard import TimedBytes, damaged, hush_decoders
from conversion.picture import DecodingLimits, Picture, ReasonCode, SourceFormat, UnreadablePicture
from conversion.raster import read_raster
from conversion.sniffing import sniff

# A decoder that was given up is stopped a little after its caller left, so that the caller is told "too slow".
_GRACE_SECONDS = 0.5
_DEFAULT_LIMITS = DecodingLimits()


def open_picture(data: bytes, limits: DecodingLimits = _DEFAULT_LIMITS) -> Picture:
    """The picture that ``data`` holds: 8-bit sRGB, upright, without metadata.

    The format is told by content: JPEG, PNG, WebP, BMP, TIFF, GIF, HEIF, AVIF or DICOM, one picture a file. Size in
    bytes and, from the header, in pixels are checked before anything is decoded; decoding is given up after
    ``limits.seconds``. Raises :class:`UnreadablePicture`, and nothing else, for whatever the bytes may be.
    """
    if not data:
        raise UnreadablePicture(ReasonCode.EMPTY, "the file is empty")
    if len(data) > limits.megabytes * 2**20:
        megabytes = round(len(data) / 2**20, 1)
        message = f"{megabytes} MB are more than {limits.megabytes:g}"
        raise UnreadablePicture(ReasonCode.FILE_TOO_LARGE, message, megabytes=megabytes, limit=limits.megabytes)
    source_format = sniff(data)
    hush_decoders()
    file = TimedBytes(data, time.monotonic() + limits.seconds + _GRACE_SECONDS)

    def decode() -> NDArray[np.uint8]:
        if source_format is SourceFormat.DICOM:
            return read_dicom(file, limits)
        return read_raster(file, source_format, limits)

    pixels = np.ascontiguousarray(_in_time(decode, limits.seconds))
    pixels.flags.writeable = False
    return Picture(pixels, source_format)


def _in_time(decode: Callable[[], NDArray[np.uint8]], seconds: float) -> NDArray[np.uint8]:
    """What ``decode`` returns or raises, if it does so within ``seconds``.

    It runs in a thread of its own, because decoders written in C look at no clock; a daemon, so that one that hangs
    does not keep the process.
    """
    pixels: list[NDArray[np.uint8]] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            pixels.append(decode())
        except Exception as error:  # raised again below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work, name="decoding", daemon=True)
    thread.start()
    thread.join(seconds)
    if pixels:
        return pixels[0]
    if not errors:
        raise UnreadablePicture(ReasonCode.TOO_SLOW, f"decoding took more than {seconds:g} s", limit=seconds)
    if isinstance(errors[0], MemoryError):
        raise damaged("the picture takes more memory than there is") from errors[0]
    raise errors[0]
