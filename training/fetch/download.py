"""One file over HTTP, in pieces if need be: what has arrived stays in ``NAME.part`` and is never asked for twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests

from training.data import DataError
from training.fetch.sets import RemoteFile
from training.fetch.space import explaining_disk, human, require_space

ATTEMPTS = 5
"""As often in a row may the server be asked without a byte arriving."""
CHUNK = 2**16
"""Bytes that are written at once; fewer than that are lost when a connection breaks."""
TIMEOUT = (10.0, 60.0)
"""Seconds to connect in, and to wait for the next bytes."""
HEADERS = {
    # Dataverse and Mendeley refuse the names that HTTP libraries give themselves.
    "User-Agent": "second-look (fetches public research data)",
    # Bytes on the way are to be bytes on disk.
    "Accept-Encoding": "identity",
}
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

OnBytes = Callable[[int, int | None], None]
"""Told the bytes on disk and the whole, where it is known."""


class _Broken(Exception):
    """The connection broke or the server asks to come later; ``wait`` is in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def download(
    remote: RemoteFile, folder: Path, page: str, on_bytes: OnBytes, pause: Callable[[float], None] = time.sleep
) -> Path:
    """``remote`` as a file in ``folder``; one that is there already, whole or in part, is gone on from.

    ``page`` is where a person finds the file when the server refuses. Raises ``DataError``.
    """
    target, part = folder / remote.name, part_of(remote, folder)
    if target.is_file():
        return target
    fruitless = 0
    while True:
        before = size_of(part)
        try:
            with explaining_disk(folder):
                _continue(remote, part, page, on_bytes)
                part.replace(target)
                _state_of(part).unlink(missing_ok=True)
        except _Broken as problem:
            fruitless = 0 if size_of(part) > before else fruitless + 1
            if fruitless == ATTEMPTS:
                raise DataError(_gave_up(remote, part, problem)) from None
            pause(problem.wait if problem.wait is not None else 2.0**fruitless)
        else:
            return target


def part_of(remote: RemoteFile, folder: Path) -> Path:
    """Where the bytes of an unfinished download are."""
    return folder / f"{remote.name}.part"


def size_of(path: Path) -> int:
    """Bytes of a file; 0 for none."""
    return path.stat().st_size if path.is_file() else 0


def _continue(remote: RemoteFile, part: Path, page: str, on_bytes: OnBytes) -> None:
    """Asks once for what is missing. Raises ``_Broken`` where it pays to ask again, else ``DataError``."""
    have, validator = size_of(part), _validator(part)
    headers = dict(HEADERS)
    # Without a mark of its version and without a published digest, two halves might be of two files.
    if have and (validator or remote.digest):
        headers["Range"] = f"bytes={have}-"
        if validator:
            headers["If-Range"] = validator
    try:
        with requests.get(remote.url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code == 416:
                _check_end(answer, part, have)
                return
            _refuse(answer, remote, part, page)
            start, total = _span(answer, part, have)
            require_space(part.parent, (total or start) - start, remote.name)
            _remember(part, answer)
            with part.open("ab" if start else "wb") as file:
                on_bytes(start, total)
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
                    start += len(chunk)
                    on_bytes(start, total)
    except requests.exceptions.SSLError as problem:
        raise DataError(f"{_host(remote)} does not prove who it is, nothing was fetched: {problem}") from None
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as problem:
        raise _Broken(_reason(problem)) from None
    except requests.RequestException as problem:
        raise DataError(f"{remote.url}: {problem}") from None
    if total is not None and start < total:
        raise _Broken(f"closed after {human(start)} of {human(total)}")


def _refuse(answer: requests.Response, remote: RemoteFile, part: Path, page: str) -> None:
    if answer.status_code in AGAIN:
        after = answer.headers.get("Retry-After", "")
        raise _Broken(
            f"answered {answer.status_code} {answer.reason}", min(float(after), 60) if after.isdigit() else None
        )
    if answer.status_code not in (200, 206):
        raise DataError(
            f"{_host(remote)} does not give {remote.name}: {answer.status_code} {answer.reason}. See {page}; a file "
            f"that you download there by hand is taken from {part.with_suffix('')}."
        )


def _span(answer: requests.Response, part: Path, have: int) -> tuple[int, int | None]:
    """The first byte that ``answer`` brings, and the size of the whole where it is known."""
    if answer.status_code == 206:
        unit, _, span = answer.headers.get("Content-Range", "").partition(" ")
        first, total = span.partition("-")[0], span.rpartition("/")[2]
        if unit == "bytes" and first == str(have):
            return have, int(total) if total.isdigit() else None
        part.unlink(missing_ok=True)
        raise _Broken("answered with other bytes than were asked for")
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _check_end(answer: requests.Response, part: Path, have: int) -> None:
    """The server has nothing after byte ``have``: then the part is the whole, or of another file."""
    if answer.headers.get("Content-Range", "") != f"bytes */{have}":
        part.unlink(missing_ok=True)
        raise _Broken("has fewer bytes than were here already")


def _remember(part: Path, answer: requests.Response) -> None:
    """Keeps what marks the version of the file: a strong ETag, else the date of its last change."""
    tag = answer.headers.get("ETag", "")
    validator = tag if tag.startswith('"') else answer.headers.get("Last-Modified")
    _state_of(part).write_text(json.dumps({"validator": validator}), encoding="utf-8")


def _validator(part: Path) -> str | None:
    try:
        found = json.loads(_state_of(part).read_text(encoding="utf-8"))["validator"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _state_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _gave_up(remote: RemoteFile, part: Path, problem: _Broken) -> str:
    have = size_of(part)
    kept = f"{human(have)} of {remote.name} are kept, the same command goes on from there." if have else ""
    return f"{_host(remote)} {problem}, {ATTEMPTS} times in a row. Is there a network? {kept}".rstrip()


def _host(remote: RemoteFile) -> str:
    return urlsplit(remote.url).hostname or remote.url


def _reason(problem: Exception) -> str:
    if isinstance(problem, requests.exceptions.ChunkedEncodingError):
        return "closed in mid-file"
    if isinstance(problem, requests.Timeout):
        return "does not answer"
    return "cannot be reached"
