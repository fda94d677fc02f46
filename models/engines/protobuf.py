"""Reads protocol buffers field by field, without their description and without copying what they hold.

The encoding: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator

Value = int | memoryview
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10
_SIGN = 1 << 63


class Reader:
    """Reads messages until ``most`` fields have been seen: a few megabytes can hold millions, and each costs time."""

    def __init__(self, most: int) -> None:
        self._left = most

    def fields(self, message: memoryview) -> Iterator[tuple[int, Value]]:
        """Number and value of each field of ``message``, in the file's order: an unsigned integer, or bytes (of fields
        of fixed width, too). Raises ``ValueError`` for what is no protocol buffer or has too many fields."""
        position, end = 0, len(message)
        while position < end:
            self._left -= 1
            if self._left < 0:
                raise ValueError("it is made of too many parts")
            key, position = _varint(message, position)
            wire = key & 7
            value: Value
            if wire == _VARINT:
                value, position = _varint(message, position)
            elif wire == _BYTES or wire in _FIXED_SIZES:
                if wire == _BYTES:
                    size, position = _varint(message, position)
                else:
                    size = _FIXED_SIZES[wire]
                value = message[position : position + size]
                position += size
            else:
                raise ValueError("it is not a protocol buffer")
            if position > end:
                raise ValueError("it is cut short")
            yield key >> 3, value

    def integers(self, value: Value) -> Iterator[int]:
        """The signed integers of one occurrence of a repeated field: a single one, or many packed together."""
        if isinstance(value, int):
            yield signed(value)
            return
        position = 0
        while position < len(value):
            self._left -= 1
            if self._left < 0:
                raise ValueError("it is made of too many parts")
            number, position = _varint(value, position)
            yield signed(number)


def signed(number: int) -> int:
    """The int64 that a varint stands for."""
    return number - 2 * _SIGN if number & _SIGN else number


def text(value: Value) -> str:
    """A string field's text, up to what fits in a message to a person. Raises ``ValueError`` for a number."""
    if isinstance(value, memoryview):
        return bytes(value[:256]).decode("utf-8", "replace")
    raise ValueError("a number stands where a text belongs")


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    end = len(message)
    if position < end and message[position] < 0x80:  # most are of one byte
        return message[position], position + 1
    value = 0
    for place in range(_LONGEST_VARINT):
        if position >= end:
            raise ValueError("it is cut short")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & (2 * _SIGN - 1), position
    raise ValueError("it is not a protocol buffer")
