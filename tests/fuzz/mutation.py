"""Changes that keep a file's structure, so that they reach what lies behind the first check."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from random import Random

from tests.fuzz.dicom_mutation import change_dicom

NUMBERS = (0, 1, 2, 3, 4, 7, 8, 9, 16, 24, 31, 32, 63, 64, 127, 128, 255, 256, 257, 1024, 4096, 7072, 32767, 32768)
NUMBERS += (65535, 65536, 2**24 - 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)

Change = Callable[[bytes, Random], bytes]


def change(data: bytes, random: Random) -> bytes:
    """``data`` changed once or several times: in its format's own parts, a number, or a stretch of bytes."""
    for _ in range(1 + random.randrange(3)):
        structured = _structured(data)
        way = structured if structured and random.random() < 0.7 else random.choice((_number, _stretch, _bits))
        data = way(data, random)
    return data


def _structured(data: bytes) -> Change | None:
    if data[128:132] == b"DICM":
        return change_dicom
    if data[4:8] == b"ftyp":
        return _boxes
    if data[:4] == b"RIFF":
        return _riff
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff
    return next((way for start, way in ((b"\x89PNG", _png), (b"\xff\xd8", _jpeg)) if data.startswith(start)), None)


def _bits(data: bytes, random: Random) -> bytes:
    bent = bytearray(data)
    for _ in range(random.randint(1, 8) if bent else 0):
        bent[random.randrange(len(bent))] ^= 1 << random.randrange(8)
    return bytes(bent)


def _number(data: bytes, random: Random) -> bytes:
    """An extreme value in place of a number, of which most stand near a file's beginning."""
    size = random.choice((1, 2, 4))
    if len(data) < size:
        return data
    at = random.randrange(min(len(data) - size + 1, random.choice((64, 512, 2**20))))
    value = random.choice(NUMBERS) % 256**size
    return data[:at] + value.to_bytes(size, random.choice(("little", "big"))) + data[at + size :]


def _stretch(data: bytes, random: Random) -> bytes:
    """A stretch of bytes removed, repeated, blanked or moved."""
    start, end = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
    piece = data[start:end]
    instead = random.choice((b"", piece * 2, bytes(len(piece)), piece[::-1]))
    return data[:start] + instead + data[end:]


def _parts(parts: list[bytes], random: Random, inside: Change) -> list[bytes]:
    """One part changed within, removed, repeated or moved."""
    if not parts:
        return parts
    at = random.randrange(len(parts))
    way = random.choice(("inside", "inside", "inside", "remove", "repeat", "move"))
    if way == "inside":
        return [*parts[:at], inside(parts[at], random), *parts[at + 1 :]]
    rest = parts[:at] + parts[at + 1 :]
    if way == "remove":
        return rest
    to = random.randrange(len(parts))
    return (parts[:to] if way == "repeat" else rest[:to]) + [parts[at]] + (parts[to:] if way == "repeat" else rest[to:])


def _plain(body: bytes, random: Random) -> bytes:
    return random.choice((_number, _number, _stretch, _bits))(body, random)


def _png(data: bytes, random: Random) -> bytes:
    chunks, at = [], 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append(data[at + 4 : at + 8 + length])
        at += length + 12
    changed = _parts(chunks, random, _png_chunk)
    return data[:8] + b"".join(
        struct.pack(">I", max(0, len(chunk) - 4)) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in changed
    )


def _png_chunk(chunk: bytes, random: Random) -> bytes:
    """The chunk changed under a sum that is right; the rows also before they are deflated."""
    kind, body = chunk[:4], chunk[4:]
    if kind == b"IDAT" and random.random() < 0.5:
        try:
            rows = zlib.decompressobj().decompress(body, 2**16)
        except zlib.error:
            return kind + _plain(body, random)
        return kind + zlib.compress(_plain(rows, random))
    return kind + _plain(body, random)


def _jpeg(data: bytes, random: Random) -> bytes:
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        segments.append(data[at : at + 2 + length])
        at += 2 + max(2, length)
    return data[:2] + b"".join(_parts(segments, random, _jpeg_segment)) + data[at:]


def _jpeg_segment(segment: bytes, random: Random) -> bytes:
    body = _plain(segment[4:], random)[: 2**16 - 3]
    return segment[:2] + struct.pack(">H", len(body) + 2) + body


def _riff(data: bytes, random: Random) -> bytes:
    chunks, at = [], 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        chunks.append(data[at : at + 8 + length])
        at += 8 + length + length % 2
    body = b"".join(chunk + b"\0" * (len(chunk) % 2) for chunk in _parts(chunks, random, _riff_chunk))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + data[8:12] + body


def _riff_chunk(chunk: bytes, random: Random) -> bytes:
    body = _plain(chunk[8:], random)
    return chunk[:4] + struct.pack("<I", len(body)) + body


_HOLDERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"iinf": 6}


def _boxes(data: bytes, random: Random) -> bytes:
    """Boxes of HEIF and AVIF changed under sizes that are right, down to the picture's properties."""
    boxes, at = [], 0
    while at + 8 <= len(data):
        length = max(8, int.from_bytes(data[at : at + 4], "big"))
        boxes.append(data[at : at + length])
        at += length
    return b"".join(_parts(boxes, random, _box))


def _box(box: bytes, random: Random) -> bytes:
    kind, body = box[4:8], box[8:]
    skipped = _HOLDERS.get(kind)
    changed = _plain(body, random) if skipped is None else body[:skipped] + _boxes(body[skipped:], random)
    return struct.pack(">I", len(changed) + 8) + kind + changed


def _tiff(data: bytes, random: Random) -> bytes:
    """One entry of the first directory with another tag, type, count or value."""
    order = "<" if data[:2] == b"II" else ">"
    if len(data) < 10:
        return data
    (directory,) = struct.unpack_from(order + "I", data, 4)
    if directory + 2 > len(data):
        return _plain(data, random)
    (entries,) = struct.unpack_from(order + "H", data, directory)
    at = directory + 2 + 12 * random.randrange(max(1, entries))
    if at + 12 > len(data):
        return _plain(data, random)
    field, size = random.choice(((0, 2), (2, 2), (4, 4), (8, 4), (8, 4), (8, 2)))
    limit = 14 if field == 2 else 256**size
    value = random.choice(NUMBERS) % limit
    packed = value.to_bytes(size, "little" if order == "<" else "big")
    return data[: at + field] + packed + data[at + field + size :]
