"""The form of a request, parsed as it streams in, into memory and never onto disk.

Starlette's own parser would write files of more than a megabyte into temporary ones. Here what exceeds a limit is
dropped while it arrives, and names of files are not even looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from models.metrics import step
from web.problems import Amount, Problem
from web.settings import MEGABYTE
from web.texts import Code

MOST_FILES = 16
UPLOAD_SECONDS = 60
_LONGEST_FIELD = 64


@dataclass(frozen=True)
class Upload:
    """A file as it came; ``size`` in bytes. ``data`` is None where it is larger than is taken."""

    size: int
    data: bytes | None


@dataclass(frozen=True)
class Form:
    """The request: one file or more, and the model that was named."""

    files: tuple[Upload, ...]
    model: str | None


@dataclass(frozen=True)
class FormLimits:
    """Bytes of the whole body, and of a file."""

    body: int
    file: int


def check_head(headers: Mapping[str, str], limit: int) -> bytes:
    """The form's boundary; everything that the head alone decides is decided here. Raises ``Problem``."""
    kind, options = parse_options_header(headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Problem(Code.NOT_MULTIPART)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(Code.ENCODED_BODY)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Problem(Code.BAD_FORM)
    return boundary


async def read_form(stream: AsyncIterator[bytes], boundary: bytes, limits: FormLimits) -> Form:
    """The form that ``stream`` holds. Raises ``Problem``, as soon as it is clear."""
    try:
        with step("receive"):
            async with asyncio.timeout(UPLOAD_SECONDS):
                return await _read(stream, boundary, limits)
    except TimeoutError:
        raise Problem(Code.UPLOAD_TOO_SLOW, limit=Amount(UPLOAD_SECONDS, "duration-second")) from None
    except FormParserError:
        raise Problem(Code.BAD_FORM) from None


async def _read(stream: AsyncIterator[bytes], boundary: bytes, limits: FormLimits) -> Form:
    parts = _Parts(limits.file)
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": parts.begin,
            "on_header_field": parts.header_name,
            "on_header_value": parts.header_value,
            "on_header_end": parts.header_end,
            "on_headers_finished": parts.headers_end,
            "on_part_data": parts.data,
            "on_part_end": parts.end,
            "on_end": parts.close,
        },
    )
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limits.body:
            raise _too_large(limits.body)
        parser.write(chunk)
    if not parts.closed:
        raise Problem(Code.BAD_FORM)
    if not parts.files:
        raise Problem(Code.NO_FILE)
    return Form(tuple(parts.files), parts.model)


def _too_large(limit: int) -> Problem:
    return Problem(Code.BODY_TOO_LARGE, limit=Amount(limit / MEGABYTE, "digital-megabyte"))


@dataclass
class _Parts:
    """What the parser calls: the parts of the form so far, and the one that is arriving."""

    file_limit: int
    files: list[Upload] = field(default_factory=list)
    model: str | None = None
    closed: bool = False
    _name: bytes = b""
    _value: bytes = b""
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _is_file: bool = False
    # One buffer rather than a list: of a body that comes byte by byte, a list would take forty times the room.
    _buffer: bytearray = field(default_factory=bytearray)
    _size: int = 0

    def begin(self) -> None:
        self._headers, self._buffer, self._size = {}, bytearray(), 0

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def headers_end(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name")
        if disposition != b"form-data" or name is None:
            raise Problem(Code.BAD_FORM)
        if name not in (b"file", b"model") or (name == b"model" and self.model is not None):
            raise Problem(Code.UNKNOWN_FIELD, limit=str(MOST_FILES))
        self._is_file = name == b"file"
        if self._is_file and len(self.files) == MOST_FILES:
            raise Problem(Code.TOO_MANY_FILES, limit=str(MOST_FILES))

    def data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size <= (self.file_limit if self._is_file else _LONGEST_FIELD):
            self._buffer += data[start:end]
        elif self._is_file:
            self._buffer.clear()
        else:
            raise Problem(Code.UNKNOWN_FIELD, limit=str(MOST_FILES))

    def end(self) -> None:
        whole = bytes(self._buffer) if self._size <= self.file_limit else None
        self._buffer = bytearray()
        if self._is_file:
            self.files.append(Upload(self._size, whole))
        else:
            self.model = (whole or b"").decode("utf-8", errors="replace").strip()

    def close(self) -> None:
        self.closed = True
