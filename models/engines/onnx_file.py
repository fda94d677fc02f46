"""Reads just enough of an ONNX file to tell whether it is whole, without the ``onnx`` package.

An ONNX file is a protocol buffer (https://protobuf.dev/programming-guides/encoding/) of the messages in ``onnx.proto``;
a tensor may be kept in another file, which the hash of this one would not cover.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path

MAX_DEPTH = 32
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# From onnx.proto: message -> number of a field that leads to a tensor -> the message it holds.
_LEADS: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION, _EXTERNAL = 13, 14, 1


def keeps_data_elsewhere(path: Path) -> bool:
    """Whether any tensor of the ONNX file lies in another file. Raises ``ValueError`` for what is no ONNX file."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise ValueError("it is empty") from None
        return _leads_out(memoryview(data), "model", 0)


def _leads_out(message: memoryview, kind: str, depth: int) -> bool:
    if depth > MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    for number, value in _fields(message):
        if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value == _EXTERNAL)):
            return True
        inner = _LEADS[kind].get(number)
        if inner and isinstance(value, memoryview) and _leads_out(value, inner, depth + 1):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    position, end = 0, len(message)
    while position < end:
        key, position = _varint(message, position)
        wire = key & 7
        value: int | memoryview
        if wire == _VARINT:
            value, position = _varint(message, position)
        elif wire in (_FIXED64, _FIXED32, _BYTES):
            size = {_FIXED64: 8, _FIXED32: 4}.get(wire)
            if size is None:
                size, position = _varint(message, position)
            value = message[position : position + size]
            position += size
        else:
            raise ValueError("it is not a protocol buffer")
        if position > end:
            raise ValueError("it is cut short")
        yield key >> 3, value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise ValueError("it is cut short")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("it is not a protocol buffer")
