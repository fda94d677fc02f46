"""Leaves no trace of deleted rows in SQLite's files."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing

from sqlalchemy.ext.asyncio import AsyncEngine

logger = logging.getLogger(__name__)

WAIT_SECONDS = 5.0


async def empty_log(engine: AsyncEngine) -> None:
    """Empty the write-ahead log, which holds the pages as they were before the deletion.

    In the database itself they are overwritten at once (``PRAGMA secure_delete``). Does nothing but for SQLite.
    """
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path and not await asyncio.to_thread(_truncate, path):
        logger.warning("another program reads the journal: its log is emptied later, at the latest when all are done")


def _truncate(path: str) -> bool:
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
