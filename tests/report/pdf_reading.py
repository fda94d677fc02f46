"""Reads the PDFs of reportlab as far as the tests need: pages, text, fonts and what is said of the document."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\s*(.*?)\s*endobj", re.DOTALL)
_STREAM = re.compile(rb"(.*?)\bstream\r?\n(.*?)\s*endstream", re.DOTALL)
_SHOWN = re.compile(rb"/(F[\w+]+) ([\d.]+) Tf|\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>(?: <([0-9A-Fa-f]+)>)?")


@dataclass(frozen=True)
class ReadPdf:
    """``text`` in the order in which it is drawn, a line each; ``sizes`` are the points of its letters."""

    pages: int
    size: tuple[float, float]
    text: str
    sizes: frozenset[float]
    fonts: frozenset[str]
    embedded: frozenset[str]
    info: dict[str, str]
    language: str


def read_pdf(data: bytes) -> ReadPdf:
    """What a PDF of reportlab's says."""
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    objects = {int(number): body for number, body in _OBJECT.findall(data)}
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b(?!s)", body)]
    fonts = _fonts(objects)
    shown, sizes, used = [], set(), set()
    for page in pages:
        contents = objects[int(re.search(rb"/Contents (\d+) 0 R", page)[1])]
        font = size = None
        for name, points, codes in _SHOWN.findall(_unpacked(contents)):
            if name:
                font, size = name.decode(), float(points)
            else:
                text = "".join(fonts[font].get(code, "\N{REPLACEMENT CHARACTER}") for code in _codes(codes))
                shown.append(text)
                if text.strip():
                    sizes.add(size)
                    used.add(font)
    names = {name.decode() for name in re.findall(rb"/FontName /(\S+)", data)}
    files = len(re.findall(rb"/FontFile2 \d+ 0 R", data))
    box = [float(value) for value in re.search(rb"/MediaBox \[ ([\d. ]+) \]", data)[1].split()]
    info = objects[int(re.search(rb"/Info (\d+) 0 R", data)[1])]
    assert files == len(names)
    return ReadPdf(
        pages=len(pages),
        size=(box[2], box[3]),
        text="\n".join(shown),
        sizes=frozenset(sizes),
        fonts=frozenset(used),
        embedded=frozenset(names),
        info={key.decode(): _string(value) for key, value in re.findall(rb"/(\w+) \(((?:\\.|[^\\()])*)\)", info)},
        language=_string(re.search(rb"/Lang \(((?:\\.|[^\\()])*)\)", data)[1]),
    )


def _fonts(objects: dict[int, bytes]) -> dict[str, dict[int, str]]:
    """Of each font by its name on the page: the characters by their codes."""
    found = {}
    for body in objects.values():
        name, cmap = re.search(rb"/Name /(F[\w+]+)", body), re.search(rb"/ToUnicode (\d+) 0 R", body)
        if name:
            found[name[1].decode()] = _characters(_unpacked(objects[int(cmap[1])])) if cmap else {}
    return found


def _characters(cmap: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for kind, block in re.findall(rb"beginbf(range|char)(.*?)endbf", cmap, re.DOTALL):
        if kind == b"char":
            for code, character, _ in _PAIR.findall(block):
                found[int(code, 16)] = chr(int(character, 16))
        else:
            for first, last, inside in re.findall(rb"<(\w+)> <(\w+)> \[(.*?)\]", block, re.DOTALL):
                characters = re.findall(rb"<(\w+)>", inside)
                found |= {int(first, 16) + step: chr(int(value, 16)) for step, value in enumerate(characters)}
                assert len(characters) == int(last, 16) - int(first, 16) + 1
            for first, last, value in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
                for step in range(int(last, 16) - int(first, 16) + 1):
                    found[int(first, 16) + step] = chr(int(value, 16) + step)
    return found


def _unpacked(body: bytes) -> bytes:
    about, data = _STREAM.match(body).groups()
    if b"ASCII85Decode" in about:
        data = a85decode(data if data.startswith(b"<~") else b"<~" + data, adobe=True)
    return zlib.decompress(data) if b"FlateDecode" in about else data


def _codes(raw: bytes) -> bytes:
    """A literal string's bytes (PDF 32000-1:2008, 7.3.4.2)."""
    simple = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def plain(found: re.Match[bytes]) -> bytes:
        escape = found[1]
        return bytes([int(escape, 8)]) if escape.isdigit() else simple.get(escape, escape)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, raw, flags=re.DOTALL)


def _string(raw: bytes) -> str:
    data = _codes(raw)
    return data.decode("utf-16") if data.startswith((b"\xfe\xff", b"\xff\xfe")) else data.decode("latin-1")
