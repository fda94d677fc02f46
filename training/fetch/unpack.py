"""An archive from elsewhere, taken apart with care: nothing lands outside, nothing grows beyond what was announced."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from training.data import DataError
from training.fetch.arrange import Place, is_picture
from training.fetch.space import explaining_disk, require_space

MAX_MEMBERS = 200_000


def unpack(
    archive: Path, place: Place, into: Path, *, limit: int, on_bytes: Callable[[int, int], None]
) -> set[PurePosixPath]:
    """Writes the pictures of the zip file ``archive`` to where ``place`` says, below ``into``; returns those places.

    ``limit`` is in bytes, unpacked. The whole archive is judged before anything is written: a member with a path that
    leads outside, a link, an encrypted member, or more than ``limit`` bytes make it refused. Raises ``DataError``.
    """
    try:
        with zipfile.ZipFile(archive) as opened, explaining_disk(into):
            wanted = _judge(opened, archive, place, limit)
            total = sum(member.file_size for member in wanted.values())
            require_space(into, total, f"the pictures in {archive.name}")
            done = 0
            for target, member in wanted.items():
                path = into / target
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as source, path.open("wb") as file:
                    shutil.copyfileobj(source, file, 2**20)
                done += member.file_size
                on_bytes(done, total)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise DataError(
            f"{archive}: cannot be unpacked ({problem}). Remove it and give the same command again."
        ) from None
    return set(wanted)


def _judge(opened: zipfile.ZipFile, archive: Path, place: Place, limit: int) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The members to write, by where. Raises ``DataError`` for an archive that is not to be trusted."""
    members = opened.infolist()
    if len(members) > MAX_MEMBERS:
        raise DataError(f"{archive}: holds {len(members)} files, more than any set does; it is not unpacked.")
    wanted: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for member in members:
        if why := _hostile(member):
            raise DataError(f"{archive}: {member.filename!r} {why}; the archive is not unpacked.")
        path = PurePosixPath(member.filename)
        target = place(archive.stem, path) if not member.is_dir() and is_picture(path) else None
        if target is None:
            continue
        twin = wanted.setdefault(target, member)
        if (twin.CRC, twin.file_size) != (member.CRC, member.file_size):
            raise DataError(f"{archive}: holds two different files for {target}; the archive is not unpacked.")
    total = sum(member.file_size for member in wanted.values())
    if total > limit:
        raise DataError(f"{archive}: would grow to {total} bytes, at most {limit} are right; it is not unpacked.")
    return wanted


def _hostile(member: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(member.filename)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or member.filename[1:2] == ":":
        return "leads outside the folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if member.flag_bits & 1:
        return "is encrypted"
    return None
