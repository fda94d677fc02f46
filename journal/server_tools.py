"""The commands that copy a journal on a PostgreSQL server, to be shown; none of them names a password."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

DUMP: Final = "journal.dump"


def dump_command(address: URL, folder: Path) -> str:
    """Copies the journal at ``address`` to a file in ``folder``, while it may be in use."""
    target = f"--file={folder / DUMP}"
    return shlex.join(["pg_dump", "--format=custom", target, *_where(address), address.database or "postgres"])


def restore_command(address: URL, copy: Path) -> str:
    """Puts ``copy`` in the place of the journal at ``address``, all of it or nothing."""
    how = ("--clean", "--if-exists", "--single-transaction", "--no-owner")
    return shlex.join(["pg_restore", *how, *_where(address), f"--dbname={address.database or 'postgres'}", str(copy)])


def _where(address: URL) -> list[str]:
    named = {"host": address.host, "port": address.port, "username": address.username}
    return [f"--{name}={value}" for name, value in named.items() if value is not None]
