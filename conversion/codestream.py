"""The size that a JPEG-family codestream states itself.

A DICOM says how large its picture is, and so does the stream inside; the decoder allocates by the latter.
"""

from __future__ import annotations

import struct

_JPEG_2000 = b"\xff\x4f\xff\x51"
_JP2_BOX = b"\0\0\0\x0cjP  "
_NO_FRAME = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC lie among the start-of-frame markers
_JPEG_LS_FRAME = 0xF7
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}


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
