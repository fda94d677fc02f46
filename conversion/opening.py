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
    """The picture that ``data`` holds: 8-bit sRGB, upright, without metadata, no larger than is of use.

    The format is told by content: JPEG, PNG, WebP, BMP, TIFF, GIF, HEIF, AVIF or DICOM, one picture a file. Size in
    bytes and, from the header, in pixels are checked before anything is decoded; decoding is given up after
    ``limits.seconds``. Raises :class:`UnreadablePicture`, and nothing else, for whatever the bytes may be.

    The decoders run in this process. Of files from anybody have them run in others:
    :class:`conversion.processes.DecodingProcesses`.
    """
    deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS
    return _in_time(lambda: decode(data, limits, deadline), limits)


def decode(data: bytes, limits: DecodingLimits, deadline: float) -> Picture:
    """As :func:`open_picture`, in this thread: given up at the first read after ``deadline`` (``time.monotonic``), of
    which decoders written in C know nothing."""
    check_size(data, limits)
    source_format = sniff(data)
    read = _reader(source_format)
    hush_decoders()
    try:
        pixels = np.ascontiguousarray(read(BoundedBytes(data, deadline), limits))
    except MemoryError as error:
        raise damaged("the picture takes more memory than there is") from error
    pixels.flags.writeable = False
    return Picture(pixels, source_format)


def check_size(data: bytes, limits: DecodingLimits) -> None:
    """Raises :class:`UnreadablePicture` for a file that is empty or larger than is opened."""
    if not data:
        raise UnreadablePicture(ReasonCode.EMPTY, "the file is empty")
    if len(data) > limits.megabytes * 2**20:
        megabytes = round(len(data) / 2**20, 1)
        message = f"{megabytes} MB are more than {limits.megabytes:g}"
        raise UnreadablePicture(ReasonCode.FILE_TOO_LARGE, message, megabytes=megabytes, limit=limits.megabytes)


def too_slow(limits: DecodingLimits) -> UnreadablePicture:
    """The refusal of a picture that took too long."""
    message = f"decoding took more than {limits.seconds:g} s"
    return UnreadablePicture(ReasonCode.TOO_SLOW, message, limit=limits.seconds)


def _reader(source_format: SourceFormat) -> Callable[[BoundedBytes, DecodingLimits], NDArray[np.uint8]]:
    if source_format is SourceFormat.DICOM:
        # DICOM's decoders take longer to import than all else here, and nearly everybody sends a photo.
        from conversion.dicom import read_dicom  # noqa: PLC0415

        return read_dicom
    return partial(read_raster, source_format=source_format)


def _in_time(work: Callable[[], Picture], limits: DecodingLimits) -> Picture:
    """What ``work`` returns or raises, if it does so within the seconds of ``limits``.

    It runs in a thread of its own, because decoders written in C look at no clock; a daemon, so that one that hangs
    does not keep the process.
    """
    pictures: list[Picture] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            pictures.append(work())
        except BaseException as error:  # raised again below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="decoding", daemon=True)
    thread.start()
    thread.join(limits.seconds)
    if pictures:
        return pictures[0]
    if not errors:
        raise too_slow(limits)
    # Popped and deleted, or the error would refer to itself by way of its traceback and this frame, and what the
    # decoder had in hand, hundreds of megabytes, would stay until the garbage is collected.
    error = errors.pop()
    try:
        raise error
    finally:
        del error
