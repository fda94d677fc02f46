"""A lossless JPEG (ITU-T T.81, annex H) of a small grey picture: no library here writes one."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_CODE_BITS = 5
_CATEGORIES = 17


def lossless_jpeg(values: NDArray[np.uint8] | NDArray[np.uint16], bits: int) -> bytes:
    """``values`` ``[H, W]`` of ``bits`` significant bits, predicted from the left, as one scan (process 14)."""
    height, width = values.shape
    counts = bytearray(16)
    counts[_CODE_BITS - 1] = _CATEGORIES
    table = b"\0" + bytes(counts) + bytes(range(_CATEGORIES))
    frame = struct.pack(">BHHBBBB", bits, height, width, 1, 1, 0x11, 0)
    scan = bytes([1, 1, 0, 1, 0, 0])
    segments = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
        for marker, body in ((0xC3, frame), (0xC4, table), (0xDA, scan))
    )
    return b"\xff\xd8" + segments + _entropy_coded(values.astype(int), bits) + b"\xff\xd9"


def _entropy_coded(values: NDArray[np.int_], bits: int) -> bytes:
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (bits - 1)
    written = "".join(_code(int(difference)) for difference in (values - predicted).flat)
    written += "1" * (-len(written) % 8)
    return int(written, 2).to_bytes(len(written) // 8, "big").replace(b"\xff", b"\xff\0")


def _code(difference: int) -> str:
    category = abs(difference).bit_length()
    value = difference if difference >= 0 else difference + (1 << category) - 1
    return f"{category:0{_CODE_BITS}b}" + (f"{value:0{category}b}" if category else "")
