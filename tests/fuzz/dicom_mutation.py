"""Changes of a DICOM file element by element, under lengths that are right unless their own change is meant."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from random import Random

from pydicom import uid

_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_SHORTS = (0, 1, 2, 3, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 40, 63, 64, 255, 256, 1024, 7072, 32767, 32768, 65535)
_TEXTS = (b"", b"0", b"-1", b"1\\0", b"0\\0", b"1e308", b"-1e308", b"1e-308", b"nan", b"inf", b"65536", b"2147483648")
_TEXTS += (b"99999999999999999999", b"1\\1000000", b"abc", b"\xff\xfe", b"LINEAR", b"SIGMOID", b"LINEAR_EXACT")
_PHOTOMETRICS = (b"MONOCHROME1", b"MONOCHROME2", b"PALETTE COLOR", b"RGB", b"YBR_FULL", b"YBR_FULL_422", b"YBR_ICT")
_PHOTOMETRICS += (b"YBR_RCT", b"YBR_PARTIAL_420", b"HSV", b"CMYK", b"XYB")
_SYNTAXES = tuple(
    syntax.encode()
    for syntax in (
        uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian, uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1,
        uid.JPEGLSLossless, uid.JPEGLSNearLossless, uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.HTJ2K,
        uid.RLELossless, uid.MPEG2MPML,
    )
)  # fmt: skip
_SYNTAX = (0x0002, 0x0010)
_PHOTOMETRIC = (0x0028, 0x0004)
_PIXEL_DATA = (0x7FE0, 0x0010)
_UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True)
class _Element:
    """``length`` is what the file states where that is not the value's own."""

    tag: tuple[int, int]
    representation: bytes
    value: bytes
    length: int | None = None

    def written(self) -> bytes:
        length = len(self.value) if self.length is None else self.length
        tag = struct.pack("<HH", *self.tag) + self.representation
        long = self.representation in _LONG
        return tag + (struct.pack("<HI", 0, length) if long else struct.pack("<H", length % 2**16)) + self.value


# What a file may say about its pixels and mostly does not.
_ADDED = (
    _Element((0x0028, 0x0008), b"IS", b"1 "),
    _Element((0x0028, 0x0006), b"US", b"\1\0"),
    _Element((0x0028, 0x0034), b"IS", b"10\\1"),
    _Element((0x0028, 0x0030), b"DS", b"0.1\\0.9 "),
    _Element((0x0028, 0x0120), b"US", b"\x10\0"),
    _Element((0x0028, 0x0121), b"US", b"\0\xff"),
    _Element((0x0028, 0x1050), b"DS", b"0 "),
    _Element((0x0028, 0x1051), b"DS", b"1e-9"),
    _Element((0x0028, 0x1052), b"DS", b"-1e9"),
    _Element((0x0028, 0x1053), b"DS", b"1e300 "),
    _Element((0x0028, 0x1056), b"CS", b"SIGMOID "),
    _Element((0x0028, 0x1101), b"US", b"\0\1\0\0\x10\0"),
    _Element((0x0028, 0x1201), b"OW", bytes(512)),
    _Element((0x0028, 0x2000), b"OB", b"\0\0\x02\x0clcms" + bytes(120)),
    _Element((0x7FE0, 0x0008), b"OF", bytes(1024)),
    _Element((0x7FE0, 0x0009), b"OD", bytes(2048)),
)


def change_dicom(data: bytes, random: Random) -> bytes:
    """A DICOM file in explicit little endian with one element changed; what cannot be walked comes back as it is."""
    elements, end = _walk(data)
    if not elements:
        return data
    at = random.randrange(len(elements))
    chosen = elements[at]
    way = random.choice(("value", "value", "value", "remove", "repeat", "add", "length", "known", "known"))
    if way == "value":
        elements[at] = replace(chosen, value=_even(_value(chosen, random)))
    elif way == "remove":
        del elements[at]
    elif way == "repeat":
        elements.insert(random.randrange(len(elements)), chosen)
    elif way == "add":
        elements.append(random.choice(_ADDED))
        elements.sort(key=lambda element: element.tag)
    elif way == "length":
        elements[at] = replace(chosen, length=random.choice((0, 1, 2, len(chosen.value) + 2, 2**16, 2**31, _UNDEFINED)))
    else:
        elements = [_known(element, random) for element in elements]
    return data[:132] + b"".join(element.written() for element in elements) + data[end:]


def _walk(data: bytes) -> tuple[list[_Element], int]:
    """The elements up to the first that cannot be told, and where that begins. An encapsulated picture is one value."""
    elements: list[_Element] = []
    at = 132
    while at + 12 <= len(data):
        tag = struct.unpack_from("<HH", data, at)
        representation = data[at + 4 : at + 6]
        if not representation.isalpha():
            break
        long = representation in _LONG
        (length,) = struct.unpack_from("<I", data, at + 8) if long else struct.unpack_from("<H", data, at + 6)
        start = at + (12 if long else 8)
        if long and length == _UNDEFINED:
            elements.append(_Element(tag, representation, data[start:], _UNDEFINED))
            return elements, len(data)
        if start + length > len(data):
            break
        elements.append(_Element(tag, representation, data[start : start + length]))
        at = start + length
    return elements, at


def _value(element: _Element, random: Random) -> bytes:
    value = element.value
    if element.representation in (b"US", b"SS") and value:
        at = 2 * random.randrange(len(value) // 2) if len(value) > 1 else 0
        return value[:at] + struct.pack("<H", random.choice(_SHORTS)) + value[at + 2 :]
    if element.representation in (b"DS", b"IS"):
        return random.choice(_TEXTS)
    if element.tag == _PIXEL_DATA and element.length == _UNDEFINED and len(value) > 24:
        # Within the compressed stream, not its wrapping: eight bytes of offset table, eight of the fragment's header.
        at = random.randrange(16, len(value) - 8)
        return value[:at] + bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))]) + value[at + 1 :]
    start, end = sorted((random.randrange(len(value) + 1), random.randrange(len(value) + 1)))
    return value[:start] + random.choice((b"", random.randbytes(end - start), value[start:end] * 2)) + value[end:]


def _known(element: _Element, random: Random) -> _Element:
    """Another of the values that a reader knows."""
    if element.tag == _SYNTAX and random.random() < 0.5:
        return replace(element, value=_even(random.choice(_SYNTAXES), b"\0"))
    if element.tag == _PHOTOMETRIC and random.random() < 0.5:
        return replace(element, value=_even(random.choice(_PHOTOMETRICS), b" "))
    if element.tag[0] == 0x0028 and element.representation == b"US" and random.random() < 0.3:
        return replace(element, value=struct.pack("<H", random.choice(_SHORTS)) * (len(element.value) // 2))
    return element


def _even(value: bytes, padding: bytes = b" ") -> bytes:
    return value + padding * (len(value) % 2)
