"""Is a download what was published? Where nobody publishes a digest, the first download's is kept and holds."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

from training.data import DataError
from training.fetch.sets import RemoteFile


@dataclass
class Record:
    """What was fetched, in ``FOLDER.fetched.json`` beside the set's folder. ``sha256`` is by file name; ``pictures``
    counts by folder once everything is in place."""

    sha256: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Record:
        """The record in ``path``, empty where there is none. Raises ``DataError``."""
        if not path.is_file():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as problem:
            raise DataError(f"{path}: cannot be read ({problem}). Remove it to have the set fetched anew.") from None

    def write(self, path: Path) -> None:
        partial = path.with_name(f"{path.name}.part")
        partial.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        partial.replace(path)


def verify(path: Path, remote: RemoteFile, record: Record, on_bytes: Callable[[int, int], None]) -> str:
    """Checks ``path`` against the published digest, and against ``record``, which learns its SHA-256.

    Returns what it was checked against, for a person. A file that is not what it should be is removed and raises
    ``DataError``.
    """
    algorithm, _, published = (remote.digest or "").partition(":")
    found = _digests(path, {"sha256", algorithm or "sha256"}, on_bytes)
    known = record.sha256.get(remote.name)
    if published and found[algorithm] != published:
        _reject(path, f"its {algorithm} is {found[algorithm]}, published is {published}")
    if not published and known and found["sha256"] != known:
        _reject(path, f"its sha256 is {found['sha256']}, the first download's was {known}")
    if not published and not known and not _looks_right(path):
        _reject(path, f"it is no {path.suffix.lstrip('.')} file")
    record.sha256[remote.name] = found["sha256"]
    if published:
        return f"{algorithm} as published"
    return "sha256 as at first" if known else "nobody publishes a digest: this download's holds from now on"


def _reject(path: Path, why: str) -> NoReturn:
    path.unlink()
    raise DataError(
        f"{path.name} is not the file it should be: {why}. It was removed; the same command fetches it again. Should "
        "that not help, the file has changed at its source."
    )


def _digests(path: Path, names: set[str], on_bytes: Callable[[int, int], None]) -> dict[str, str]:
    sums = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    done, total = 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(2**22):
            for digest in sums.values():
                digest.update(chunk)
            done += len(chunk)
            on_bytes(done, total)
    return {name: digest.hexdigest() for name, digest in sums.items()}


def _looks_right(path: Path) -> bool:
    """A page of a server that wants something else first is neither an archive nor a table."""
    if path.suffix == ".zip":
        return zipfile.is_zipfile(path)
    with path.open("rb") as file:
        return not file.read(512).lstrip().startswith(b"<")
