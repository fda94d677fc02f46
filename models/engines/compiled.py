"""A folder of compiled networks that can be trusted: each lies beside its own SHA-256.

OpenVINO notices a compiled network that is cut short, but computes with one whose bytes have changed.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from models.engines.base import sha256_of

_log = logging.getLogger(__name__)


def prepare(folder: Path) -> bool:
    """Makes ``folder`` and throws out what is not as it was when sealed. False where it cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for blob in folder.glob("*.blob"):
            seal_file = _seal_of(blob)
            if not seal_file.is_file() or seal_file.read_text(encoding="ascii") != sha256_of(blob):
                blob.unlink(missing_ok=True)
                seal_file.unlink(missing_ok=True)
        writable = os.access(folder, os.W_OK)
    except (OSError, UnicodeDecodeError):
        writable = False
    if not writable:
        _log.warning("Networks are compiled anew at each start: %s cannot be written", folder)
    return writable


def seal(folder: Path) -> None:
    """Writes the SHA-256 of what was compiled since ``prepare``."""
    try:
        for blob in folder.glob("*.blob"):
            if not _seal_of(blob).is_file():
                _seal_of(blob).write_text(sha256_of(blob), encoding="ascii")
    except OSError as error:
        _log.warning("A compiled network in %s is not kept: %s", folder, error.strerror)


def _seal_of(blob: Path) -> Path:
    return blob.with_suffix(".sha256")
