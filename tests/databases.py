"""The journal's databases in tests: files of SQLite's, and a PostgreSQL server where there is one.

The server is that of ``TEST_POSTGRES_URL``, or else the superuser's on this machine. Each test session makes a database
of its own there and removes it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine

try:
    import asyncpg
except ModuleNotFoundError:
    asyncpg = None

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres")
EMPTY = "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"
CONNECT_SECONDS, COMMAND_SECONDS = 5.0, 60.0
Result = TypeVar("Result")


class Missing(Exception):
    """There is no PostgreSQL to test with; the text says why."""


@contextmanager
def database() -> Iterator[str]:
    """The URL of a new, empty database of PostgreSQL's, which is removed at the end. Raises ``Missing``."""
    if asyncpg is None:
        raise Missing("asyncpg is not installed")
    name = f"second_look_test_{uuid4().hex[:12]}"
    try:
        execute(SERVER, f"CREATE DATABASE {name}")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Missing(f"no PostgreSQL server can be used: {type(error).__name__}") from error
    try:
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(SERVER, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, sql: str) -> None:
    """Runs statements in the database at ``url``."""
    if path := _file(url):
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)
    else:
        _apart(_execute(url, sql))


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds in the database at ``url``."""
    return [tuple(row) for row in _found(url, sql)]


def records(url: str, sql: str) -> list[dict[str, Any]]:
    """As ``rows``, each by the names of its columns."""
    return [dict(row) for row in _found(url, sql)]


def _found(url: str, sql: str) -> list[Any]:
    if path := _file(url):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql).fetchall()
    return _apart(_fetch(url, sql))


async def with_connection(url: str, work: Callable[[Connection], None]) -> None:
    """Calls ``work`` in a transaction in the database at ``url``."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _file(url: str) -> Path | None:
    address = make_url(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def _apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs ``work`` to its end, also where a loop is running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _connected(url: str) -> Any:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(address, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS)


async def _execute(url: str, sql: str) -> None:
    connection = await _connected(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _fetch(url: str, sql: str) -> list[Any]:
    connection = await _connected(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()
