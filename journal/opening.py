"""Opens the journal's database: durable, migrated, or one clear line why not."""

from __future__ import annotations

import asyncio
import sqlite3

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from journal import sqlite
from journal.failures import JournalUnavailable, reason
from journal.journal import Journal
from journal.migrations import UnknownRevision, is_begun, migrate

FORMS = "sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE"
INSTALL_DRIVER = "pip install --require-hashes -r requirements/postgres.txt"


async def open_journal(url: str, *, create: bool = True) -> Journal:
    """The journal at ``url`` (of the ``FORMS``), migrated where needed, and created unless told not to. Of several that
    open it at once, one migrates it and the others wait.

    Raises ``JournalUnavailable`` with one line for a person who runs the bot.
    """
    try:
        address = make_url(url)
        engine = _make_engine(address)
    except (ArgumentError, InvalidRequestError, ImportError, ValueError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "asyncpg":
            raise JournalUnavailable(f"JOURNAL_URL needs the driver asyncpg: {INSTALL_DRIVER}") from error
        raise JournalUnavailable(f"JOURNAL_URL is no database address that can be used: {FORMS}") from error
    shown = address.database if _is_sqlite(address) else address.set(query={}).render_as_string(hide_password=True)
    try:
        if _is_sqlite(address):
            await asyncio.to_thread(sqlite.prepare_file, address, create)
        async with engine.begin() as connection:
            if not create and not await connection.run_sync(is_begun):
                raise FileNotFoundError("there is none yet")
            await connection.run_sync(migrate)
    except UnknownRevision as error:
        await engine.dispose()
        raise JournalUnavailable(f"JOURNAL_URL: {shown} was written by another version: {error}") from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        await engine.dispose()
        raise JournalUnavailable(f"JOURNAL_URL: {shown} cannot be opened: {reason(error)}") from error
    return Journal(engine)


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _make_engine(address: URL) -> AsyncEngine:
    if _is_sqlite(address):
        return sqlite.make_engine(address)
    if address.drivername != "postgresql+asyncpg":
        raise ArgumentError("neither SQLite nor PostgreSQL")
    from journal import postgresql  # noqa: PLC0415 - it needs a driver that only those have who want it

    return postgresql.make_engine(address)
