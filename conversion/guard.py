"""The one place where what a decoder raises, warns of or logs is turned into a refusal, or kept quiet.

Decoders parse bytes that anybody may have written, and fail on them with nearly any exception: ``struct.error``,
``AttributeError`` of a missing element, ``RecursionError`` of nested sequences, ``MemoryError``. Listing them would be
listing the decoders' bugs. So calls into a decoder, and only those, stand inside :func:`decoding`; this package's own
code stands outside, where a mistake of ours surfaces as the exception it is.
"""

from __future__ import annotations

import io
import logging
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL.Image import DecompressionBombError

from conversion.picture import DecodingLimits, ReasonCode, UnreadablePicture

_DECODERS = ("PIL", "pillow_heif", "pydicom", "pylibjpeg", "openjpeg", "rle", "jpeg_ls")
# A GIF of 20 MB is read in 160,000 pieces, a run-length encoded screenshot in up to 800,000, all else in far fewer.
MOST_READS = 1_000_000
_DECODER_MODULES = rf"({'|'.join(_DECODERS)})(\.|$)"


@contextmanager
def decoding(limits: DecodingLimits) -> Iterator[None]:
    """Turn any exception of the decoder calls inside into :class:`UnreadablePicture`."""
    try:
        yield
    except UnreadablePicture:
        raise
    except DecompressionBombError as error:
        # Pillow refuses some headers before it tells their size in any other way.
        pixels = re.search(r"(\d+) pixels", str(error))
        raise too_many_pixels(int(pixels[1]) if pixels else 0, limits) from error
    except BaseException as error:
        # Not only Exception: the RLE decoder is written in Rust, whose panics are none. Decoding has a thread of its
        # own, in which no KeyboardInterrupt arrives.
        raise damaged(f"the decoder gave up: {type(error).__name__}") from error


def damaged(message: str) -> UnreadablePicture:
    """The refusal of a file that breaks its own format's rules."""
    return UnreadablePicture(ReasonCode.DAMAGED, message)


def too_many_pixels(pixels: int, limits: DecodingLimits) -> UnreadablePicture:
    """The refusal of a picture of ``pixels`` pixels."""
    megapixels = round(pixels / 1e6, 1)
    return UnreadablePicture(
        ReasonCode.TOO_MANY_PIXELS,
        f"{megapixels} megapixels are more than {limits.megapixels:g}",
        megapixels=megapixels,
        limit=limits.megapixels,
    )


def check_pixels(width: int, height: int, limits: DecodingLimits) -> None:
    """Refuse a size, read from a header, that is over the limit or empty."""
    if width < 1 or height < 1:
        raise damaged("the picture has no area")
    if width * height > limits.megapixels * 1e6:
        raise too_many_pixels(width * height, limits)


def check_frames(frames: int) -> None:
    """Refuse a file that holds more than one picture: which of them was meant is the sender's to say."""
    if frames > 1:
        raise UnreadablePicture(ReasonCode.SEVERAL_FRAMES, f"the file holds {frames} pictures", frames=frames)


def hush_decoders() -> None:
    """Keep the decoders' warnings and log lines off every output.

    They quote the file: a patient's name, a place. ``warnings.catch_warnings`` is not safe across threads, so the
    filter stays; asking before adding keeps the list of filters, which is the process's, from growing.
    """
    if not any(getattr(entry[3], "pattern", None) == _DECODER_MODULES for entry in warnings.filters):
        warnings.filterwarnings("ignore", module=_DECODER_MODULES)
    for name in _DECODERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class BoundedBytes(io.BytesIO):
    """Bytes to decode that can be read until ``deadline`` (``time.monotonic``), and so many times.

    A thread cannot be stopped, but one that was given up ends at its next read. Parsers read once or more for each
    element, chunk, segment or frame, and files of nothing but those keep them busy, and fill the memory, for as long
    as they may: 20 MB hold two million DICOM elements, where a picture has some hundreds.
    """

    def __init__(self, data: bytes, deadline: float, reads: int = MOST_READS) -> None:
        super().__init__(data)
        self._deadline = deadline
        self._reads = reads

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads -= 1
        if self._reads < 0:
            raise damaged("the file is in more pieces than any picture")
        if time.monotonic() > self._deadline:
            raise TimeoutError("nobody waits for this picture any more")
        return super().read(size)

    def holding(self, data: bytes) -> BoundedBytes:
        """Other bytes under what is left of these bounds."""
        return BoundedBytes(data, self._deadline, self._reads)

    def allow(self, reads: int) -> None:
        """Bound what is read from here on more narrowly."""
        self._reads = min(self._reads, reads)
