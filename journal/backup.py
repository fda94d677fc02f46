"""Copies of the journal: made while it is written, checked, and put back."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from journal.migrations import UnknownRevision, check_revision

_NAME: Final = "journal-{when:%Y%m%dT%H%M%SZ}.db"
_NAMES: Final = re.compile(r"journal-\d{8}T\d{6}Z\.db")
_OWNER_ONLY: Final = 0o600
_BUSY_SECONDS: Final = 10.0


class BackupFailed(Exception):
    """No backup was made, or nothing was put back; the text is one line for who runs the command."""


def journal_file(url: str, on_server: Callable[[URL], str]) -> Path:
    """The file of the journal at ``url``. Raises ``BackupFailed`` where it is on a server, with what ``on_server`` says
    to do there."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise BackupFailed("JOURNAL_URL is no database address that can be used") from None
    if address.get_backend_name() != "sqlite":
        raise BackupFailed(f"the journal is on a server, which has its own tool: {on_server(address)}")
    if not address.database:
        raise BackupFailed("JOURNAL_URL names no file")
    return Path(address.database)


def back_up(journal: Path, folder: Path, keep: int | None = None, now: datetime | None = None) -> Path:
    """A copy of ``journal`` in ``folder``, named by the time; whoever writes meanwhile is not held up.

    The copy is of one moment, holds nothing of deleted rows, is checked before it gets its name, and can be read by its
    owner alone. With ``keep``, only that many of the newest copies stay. Raises ``BackupFailed``.
    """
    if not journal.is_file():
        raise BackupFailed(f"{journal}: there is no journal yet")
    target = folder / _NAME.format(when=(now or datetime.now(UTC)).astimezone(UTC))
    partial = target.with_suffix(".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
        with closing(sqlite3.connect(f"{journal.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as old:
            old.execute("VACUUM INTO ?", (str(partial),))
        check(partial)
        _sync(partial)
        partial.replace(target)
        _sync(folder)
        if keep is not None:
            for outdated in sorted(path for path in folder.iterdir() if _NAMES.fullmatch(path.name))[:-keep]:
                outdated.unlink()
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{target}: {_reason(error)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return target


def restore(backup: Path, journal: Path, *, replace: bool = False) -> Path | None:
    """Puts ``backup`` in the place of ``journal``, which must not be in use. An existing journal is only replaced where
    ``replace`` says so, and is kept beside it; where, is returned.

    The copy is checked first, and the journal is the old or the new one, whatever happens. Raises ``BackupFailed``.
    """
    check(backup)
    aside = None
    partial = journal.with_name(f"{journal.name}.restoring")
    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        if journal.exists():
            if not replace:
                raise BackupFailed(f"{journal} exists; with --replace it is kept beside the restored one")
            _leave_alone(journal)
            aside = journal.with_name(f"{journal.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
        shutil.copyfile(backup, partial)
        _sync(partial)
        if aside is not None:
            os.link(journal, aside)
            # Only a damaged journal still has them. Beside the restored one they would be taken for its own.
            for suffix in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    journal.with_name(journal.name + suffix).rename(aside.with_name(aside.name + suffix))
        partial.replace(journal)
        _sync(journal.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{journal}: {_reason(error)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return aside


def check(backup: Path) -> None:
    """Raises ``BackupFailed`` where ``backup`` is no sound journal of this version or an earlier one."""
    if not backup.is_file():
        raise BackupFailed(f"{backup}: there is no such file")
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            foreign = copy.execute("PRAGMA foreign_key_check").fetchone()
        if found != "ok" or foreign is not None:
            raise BackupFailed(f"{backup}: it is damaged")
        engine = create_engine(f"sqlite:///{backup}", hide_parameters=True)
        try:
            with engine.connect() as connection:
                check_revision(connection)
        finally:
            engine.dispose()
    except UnknownRevision as error:
        raise BackupFailed(f"{backup}: {error}") from error
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise BackupFailed(f"{backup}: it is no journal") from error


def _leave_alone(journal: Path) -> None:
    """Empties the write-ahead log into the file and leaves that mode, which only goes when nobody else is there."""
    with closing(sqlite3.connect(journal, timeout=1.0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise BackupFailed(f"{journal} is in use: stop bot and API first") from None
        except sqlite3.DatabaseError:
            # A damaged one is what backups are for.
            return


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
