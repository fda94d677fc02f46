"""Takes up what other processes on the same journal accepted, gave back, or left behind when they died."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from journal import Journal, JournalUnavailable

logger = logging.getLogger(__name__)


async def follow(journal: Journal, take_up: Callable[[], Awaitable[object]]) -> None:
    """Calls ``take_up`` whenever there may be something, until it is cancelled; returns at once where the journal is
    this process's alone."""
    async with aclosing(journal.leases.changes()) as changes:
        async for _ in changes:
            try:
                await take_up()
            except JournalUnavailable as error:
                logger.warning("%s; what others left is taken up later", error)
            except Exception:
                logger.exception("what others left could not be taken up")
