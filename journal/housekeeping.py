"""What a program that serves does for its journal beside its work."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from journal.failures import JournalUnavailable
from journal.journal import Journal

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=6)


async def keep_house(journal: Journal, keep_days: float, every: timedelta = EVERY) -> None:
    """Removes what is older than ``keep_days``, at once and then ``every`` so often, until it is cancelled. Several
    programs on one journal may do so at the same time."""
    while True:
        try:
            removed = await journal.retention.remove_older(timedelta(days=keep_days))
        except JournalUnavailable as error:
            logger.warning("%s; what is old is removed later", error)
        else:
            if removed:
                counts = ", ".join(f"{count} {table}" for table, count in removed.items())
                logger.info("removed what was older than %g days: %s", keep_days, counts)
        await asyncio.sleep(every.total_seconds())
