"""Room on the disk, asked for before it is used up."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.data import DataError

RESERVE = 64 * 2**20
"""Bytes that are left free."""


def human(size: float) -> str:
    """``size`` in bytes, as a person reads it: ``1.4 GB``."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raises ``DataError`` when the disk of ``folder`` has no room for ``needed`` bytes more."""
    free = shutil.disk_usage(folder).free
    if needed + RESERVE > free:
        raise DataError(
            f"No disk space for {what}: {human(needed)} are needed and {human(max(0, free - RESERVE))} are free in "
            f"{folder}. Make room, or choose another disk with --to DIR."
        )


@contextmanager
def explaining_disk(folder: Path) -> Iterator[None]:
    """Turns what the disk may answer when ``folder`` is written to into a ``DataError``."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(
                f"No disk space left in {folder}. Make room and give the same command again: it goes on where it was."
            ) from None
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise DataError(
                f"{problem.filename or folder}: cannot be written ({problem.strerror}). Choose --to DIR."
            ) from None
        raise
