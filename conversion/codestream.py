"""What a JPEG-family codestream states itself: its size, and in how many scans it comes.

A DICOM says how large its picture is, and so does the stream inside; the decoder allocates by the latter.
"""

from __future__ import annotations

import re
import struct

_JPEG_2000 = b"\xff\x4f\xff\x51"
_JP2_BOX = b"\0\0\0\x0cjP  "
_NO_FRAME = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the start-of-frame markers
_JPEG_LS_FRAME = 0xF7
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_END, _SCAN = 0xD9, 0xDA
# Between stretches of coded data, in which 0xFF is followed by zero or a restart marker.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Encoders write up to some twenty scans, with up to eight tables before each.
_MOST_SCANS = 100
_MOST_SEGMENTS = 1000


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """Width and height in pixels by the stream's own header, or None where it has none.

    JPEG: ITU-T T.81, B.2.2. JPEG-LS: T.87, C.2.2. JPEG 2000, also inside a JP2 file: T.800, A.5.1.
    """
    if stream.startswith((_JPEG_2000, _JP2_BOX)):
        return _jpeg_2000_size(stream)
    return _jpeg_size(stream) if stream.startswith(b"\xff\xd8") else None


def _jpeg_2000_size(stream: bytes) -> tuple[int, int] | None:
    start = stream.find(_JPEG_2000)
    if start < 0 or len(stream) < start + 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", stream, start + 8)
    return right - left, bottom - top


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(stream):
        if stream[at] != 0xFF:
            return None
        marker = stream[at + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
        elif marker == _JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME):
            height, width = struct.unpack_from(">HH", stream, at + 5)
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(stream[at + 2 : at + 4], "big"))
    return None


def has_few_scans(stream: bytes) -> bool:
    """Whether the first picture of a JPEG ``stream`` comes in as many scans as encoders write.

    Each scan of a progressive JPEG costs a pass over the whole picture, and may be ten bytes long.
    """
    at, scans, segments = 2, 0, 0
    while found := _MARKER.search(stream, at):
        marker = stream[found.end() - 1]
        if marker == _END:
            break
        scans += marker == _SCAN
        segments += bool(scans)
        if scans > _MOST_SCANS or segments > _MOST_SEGMENTS:
            return False
        at = found.end() + max(2, int.from_bytes(stream[found.end() : found.end() + 2], "big"))
    return True
