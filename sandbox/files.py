"""The files that were sent, in memory, under the ids and paths that Telegram gives them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

MEBIBYTE = 2**20


@dataclass(frozen=True)
class StoredFile:
    """A file; ``kind`` is ``photo``, ``document`` or another, ``width`` and ``height`` (pixels) are those of photos.

    ``photo`` numbers the photo that the file is a size of.
    """

    file_id: str
    file_unique_id: str
    path: str
    kind: str
    data: bytes
    name: str
    mime_type: str
    width: int = 0
    height: int = 0
    photo: int = 0

    def as_file(self) -> dict[str, Any]:
        """Return the fields that every Bot API file object has."""
        return {"file_id": self.file_id, "file_unique_id": self.file_unique_id, "file_size": len(self.data)}

    def as_photo_size(self) -> dict[str, Any]:
        """Return the Bot API ``PhotoSize``."""
        return self.as_file() | {"width": self.width, "height": self.height}

    def as_document(self) -> dict[str, Any]:
        """Return the Bot API ``Document``."""
        return {"file_name": self.name, "mime_type": self.mime_type} | self.as_file()


class FileStore:
    """Files by id and by path; when together they exceed ``max_bytes``, those go that were not used for longest."""

    def __init__(self, max_bytes: int = 512 * MEBIBYTE, path_seconds: float | None = None) -> None:
        self._max_bytes = max_bytes
        self._path_seconds = path_seconds
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._granted: dict[str, float] = {}
        self._bytes = 0
        self._count = 0

    def add(self, kind: str, data: bytes, name: str, mime_type: str) -> StoredFile:
        """Keep a file as it is and return it under a new id."""
        return self._add(_named(kind, self._number(), data, name, mime_type))

    def add_photo(self, sizes: Sequence[tuple[bytes, int, int]]) -> list[StoredFile]:
        """Keep the sizes of a photo: for each its JPEG bytes, width and height in pixels."""
        photo = self._number()
        kept: list[StoredFile] = []
        for data, width, height in sizes:
            file = _named("photo", self._number(), data, "photo.jpg", "image/jpeg")
            kept.append(self._add(replace(file, width=width, height=height, photo=photo)))
        return kept

    def sizes_of(self, file: StoredFile) -> list[StoredFile]:
        """Return all sizes of the photo that ``file`` is one of, smallest first."""
        sizes = (other for other in self._by_id.values() if other.photo == file.photo)
        return sorted(sizes, key=lambda size: size.width * size.height)

    def get(self, file_id: str) -> StoredFile | None:
        """Return the file with this id, if it is still held."""
        file = self._by_id.pop(file_id, None)
        if file is not None:
            self._by_id[file_id] = file
        return file

    def grant(self, file: StoredFile) -> None:
        """Let ``file`` be downloaded by its path, for the time that paths live."""
        self._granted[file.path] = time.monotonic()

    def download(self, path: str) -> StoredFile | None:
        """Return the file at ``path`` if ``getFile`` gave that path and it has not expired."""
        granted = self._granted.get(path)
        if granted is None or (self._path_seconds is not None and time.monotonic() - granted > self._path_seconds):
            return None
        return self._by_path.get(path)

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _add(self, file: StoredFile) -> StoredFile:
        self._by_id[file.file_id] = file
        self._by_path[file.path] = file
        self._bytes += len(file.data)
        while self._bytes > self._max_bytes and len(self._by_id) > 1:
            self._drop(next(iter(self._by_id)))
        return file

    def _drop(self, file_id: str) -> None:
        file = self._by_id.pop(file_id)
        del self._by_path[file.path]
        self._granted.pop(file.path, None)
        self._bytes -= len(file.data)


def _named(kind: str, number: int, data: bytes, name: str, mime_type: str) -> StoredFile:
    ending = name.rpartition(".")[2] if "." in name else ""
    ending = f".{ending}" if ending.isalnum() and ending.isascii() else ""
    return StoredFile(
        file_id=f"{'AgACAgI' if kind == 'photo' else 'BQACAgI'}{secrets.token_urlsafe(39)}",
        file_unique_id=f"AQAD{secrets.token_urlsafe(9)}",
        path=f"{kind}s/file_{number}{ending}",
        kind=kind,
        data=data,
        name=name,
        mime_type=mime_type,
    )
