"""The parameters of a request, however they were sent: query, JSON, a URL-encoded or a multipart form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.errors import ApiError, bad_request

MAX_REQUEST_BYTES = 60 * 2**20
_TRUE = frozenset({"true", "1", "yes", "y", "t"})
_CHUNK = 2**18


@dataclass(frozen=True)
class Upload:
    """A file in a multipart request."""

    file_name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Parameters:
    """Named values and files. The getters read a value as Telegram does: leniently, whatever JSON type it came in."""

    values: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a string; absent is empty. Raises the error 400 for one that is not Unicode."""
        value = self.values.get(name)
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer; what is absent or none is ``default``."""
        try:
            return int(self.text(name).strip())
        except ValueError:
            return default

    def number(self, name: str, default: float = 0.0) -> float:
        """Return a number; what is absent or none is ``default``."""
        try:
            return float(self.text(name).strip())
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """Return a Boolean; what is absent is false."""
        return self.text(name).strip().lower() in _TRUE

    def structure(self, name: str, what: str) -> Any:
        """Return a JSON object or array, which forms carry as text; absent is None. ``what`` names it in the error."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None


async def read_parameters(request: web.Request) -> Parameters:
    """Read query and body; values of the body win. Nothing is written to disk. Raises ``ApiError``."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if request.content_type == "application/json":
        body = (await request.read()).decode(errors="replace")
        try:
            parsed = json.loads(body) if body.strip() else {}
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(parsed, dict):
            raise bad_request("a JSON object is expected")
        values |= parsed
    elif request.content_type == "multipart/form-data":
        await _read_multipart(request, values, uploads)
    elif request.content_type == "application/x-www-form-urlencoded":
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return Parameters(values, uploads)


async def _read_multipart(request: web.Request, values: dict[str, Any], uploads: dict[str, Upload]) -> None:
    total = 0
    try:
        reader = await request.multipart()
        async for part in reader:
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            data = bytearray()
            while chunk := await part.read_chunk(_CHUNK):
                data += chunk
                total += len(chunk)
                if total > MAX_REQUEST_BYTES:
                    raise ApiError(413, "Request Entity Too Large")
            if part.filename is None:
                values[part.name] = data.decode(errors="replace")
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip()
                uploads[part.name] = Upload(part.filename, kind, bytes(data))
    except (ValueError, AssertionError) as error:
        raise bad_request("can't parse the multipart form") from error
