"""Bytes become a picture, or a reason why not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from conversion.guard import BoundedBytes, damaged, hush_decoders
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
    read = _reader(source_format)
    hush_decoders()
    file = BoundedBytes(data, time.monotonic() + limits.seconds + _GRACE_SECONDS)
    pixels = np.ascontiguousarray(_in_time(lambda: read(file, limits), limits.seconds))
    pixels.flags.writeable = False
    return Picture(pixels, source_format)


def _reader(source_format: SourceFormat) -> Callable[[BoundedBytes, DecodingLimits], NDArray[np.uint8]]:
    if source_format is SourceFormat.DICOM:
        # DICOM's decoders take longer to import than all else here, and nearly everybody sends a photo.
        from conversion.dicom import read_dicom  # noqa: PLC0415

        return read_dicom
    return partial(read_raster, source_format=source_format)


def _in_time(decode: Callable[[], NDArray[np.uint8]], seconds: float) -> NDArray[np.uint8]:
    """What ``decode`` returns or raises, if it does so within ``seconds``.

    It runs in a thread of its own, because decoders written in C look at no clock; a daemon, so that one that hangs
    does not keep the process.
    """
    pixels: list[NDArray[np.uint8]] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            pixels.append(decode())
        except BaseException as error:  # raised again below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work, name="decoding", daemon=True)
    thread.start()
    thread.join(seconds)
    if pixels:
        return pixels[0]
    if not errors:
        raise UnreadablePicture(ReasonCode.TOO_SLOW, f"decoding took more than {seconds:g} s", limit=seconds)
    # Popped and deleted, or the error would refer to itself by way of its traceback and this frame, and what the
    # decoder had in hand, hundreds of megabytes, would stay until the garbage is collected.
    error = errors.pop()
    try:
        if isinstance(error, MemoryError):
            raise damaged("the picture takes more memory than there is") from error
        raise error
    finally:
        del error
