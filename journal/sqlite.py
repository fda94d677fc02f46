"""A journal in a file of SQLite's: durable, its owner's alone, and written by one at a time."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 10_000

# Once an update is journaled the next poll tells Telegram to forget it, so a commit must survive a power cut. In WAL
# mode `synchronous=NORMAL` may lose the last commits then; FULL syncs the log at each commit.
PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # What is deleted is overwritten: /forget leaves nothing in the file.
    "PRAGMA secure_delete=ON",
)


def make_engine(address: URL) -> AsyncEngine:
    """The way to the file of ``address``, which ``prepare_file`` has made."""
    # hide_parameters: errors are logged, the ids in a statement are not.
    # One connection: each transaction takes the write lock at its start, so several would only wait for each other, by
    # trying again every now and then; here they wait in line. The lock itself is waited for as long as other processes
    # hold it, one that restores or empties the log for seconds.
    engine = create_async_engine(
        address, hide_parameters=True, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    # Python's sqlite3 would begin transactions on its own, and not before DDL: SQLAlchemy begins them instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once, whatever the busy timeout, when another wrote in
    # between (SQLITE_BUSY_SNAPSHOT). Taking the write lock at the start waits its turn instead.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def prepare_file(address: URL, create: bool) -> None:
    """Makes the file where there is none, unless told not to. Raises ``OSError`` or ``sqlite3.Error``."""
    if not address.database or address.database == ":memory:":
        raise OSError("a file is needed, so that a restart finds what was accepted")
    path = Path(address.database)
    if path.is_dir():
        raise IsADirectoryError("it is a directory")
    if not create and not path.exists():
        raise FileNotFoundError("there is none yet")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Readable by its owner alone; SQLite gives its -wal and -shm files the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)) as connection:
        _switch_to_wal(connection)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # The mode stays with the file, so only the first start ever changes it. The busy timeout does not cover the change:
    # of two processes that start at once, one is told that the file is locked and has to ask again.
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return
