"""``python -m models diagnose``: files and folders of pictures, a line for each."""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path
from typing import Any

from conversion import ReasonCode
from models.catalog import Catalog
from models.diagnosis import Diagnosis, Refusal
from models.service import PICTURES_AT_A_TIME, DiagnosisService

Result = Diagnosis | Refusal


class UnreadablePath(Exception):
    """A path on the command line leads nowhere, or to what cannot be read."""


def walk(paths: Iterable[str]) -> Iterator[str]:
    """The files among ``paths`` and, sorted, those under its folders; hidden ones only when named themselves."""
    for path in paths:
        if Path(path).is_dir():
            yield from sorted(_files_under(path))
        else:
            yield path


def _files_under(top: str) -> Iterator[str]:
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (str(Path(folder, name)) for name in files if not name.startswith("."))


def check_paths(paths: Iterable[str]) -> None:
    """Raises ``UnreadablePath`` for the first that is missing or closed to this user."""
    for path in paths:
        if not Path(path).exists():
            raise UnreadablePath(f"{path}: no such file or folder")
        if not os.access(path, os.R_OK):
            raise UnreadablePath(f"{path}: permission denied")


async def read_all(
    service: DiagnosisService, paths: Iterable[str], model: str | None
) -> AsyncGenerator[tuple[str, Result | UnreadablePath]]:
    """Every picture's result, in the order of ``paths``; the next ones are already being read meanwhile."""
    waiting: deque[tuple[str, asyncio.Task[Result | UnreadablePath]]] = deque()
    try:
        for path in paths:
            waiting.append((path, asyncio.create_task(_read(service, path, model))))
            if len(waiting) == PICTURES_AT_A_TIME:
                yield waiting[0][0], await waiting[0][1]
                waiting.popleft()
        while waiting:
            yield waiting[0][0], await waiting[0][1]
            waiting.popleft()
    finally:  # the caller may leave early
        for _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


async def _read(service: DiagnosisService, path: str, model: str | None) -> Result | UnreadablePath:
    data = await asyncio.to_thread(_bytes_of, Path(path), service.limits.megabytes, model)
    return await service.diagnose(data, model) if isinstance(data, bytes) else data


def _bytes_of(path: Path, limit: float, model: str | None) -> bytes | Refusal | UnreadablePath:
    try:
        size = path.stat().st_size
        if size <= limit * 2**20:
            return path.read_bytes()
    except OSError as error:
        return UnreadablePath(f"{path}: {error.strerror}")
    # Not even read: a folder may hold anything.
    megabytes = round(size / 2**20, 1)
    details = {"megabytes": megabytes, "limit": limit}
    return Refusal(ReasonCode.FILE_TOO_LARGE, f"{megabytes} MB are more than {limit:g}", details, model)


def json_line(path: str, result: Result, catalog: Catalog) -> str:
    """The line that ``--jsonl`` prints for a picture; ``model`` is null where none was named and none reads it."""
    milliseconds = result.timings and round(result.timings.convert + result.timings.infer, 1)
    version = None if result.model is None else catalog.card(result.model).version
    record: dict[str, Any] = {"path": path, "model": result.model, "version": version}
    if isinstance(result, Diagnosis):
        findings = [{"label": item.label, "probability": round(item.probability, 6)} for item in result.findings]
        record |= {"verdict": result.verdict, "findings": findings, "novelty": result.novelty, "refusal": None}
    else:
        refusal = {"code": result.code, "message": result.message}
        record |= {"verdict": None, "findings": [], "novelty": result.novelty, "refusal": refusal}
    return json.dumps(record | {"milliseconds": milliseconds})


def readable_line(path: str, result: Result) -> str:
    """The line for a person."""
    if isinstance(result, Refusal):
        return f"{path}: refused, {result.message} [{result.code}]"
    findings = ", ".join(f"{item.label} {item.probability:.1%}" for item in result.findings)
    return f"{path}: {result.verdict} ({findings}; novelty {result.novelty:.3g})"
