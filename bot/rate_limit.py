"""Keeps one person from asking for more than others get, and says so once rather than for each picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from journal import Incoming, Journal, RateLimit

TOLD_AGAIN_SECONDS = 10.0


class RateLimiter:
    """What is one too many is counted by the journal, so a restart forgives nothing; ``limit`` None: nothing is."""

    def __init__(self, journal: Journal, limit: RateLimit | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._journal = journal
        self._clock = clock
        self._told: dict[int, tuple[float, str | None]] = {}

    async def refuse(self, incoming: Incoming) -> timedelta | None:
        """In how long the person may try again, if this is one too many. None: it is to be accepted."""
        return None if self.limit is None else await self._journal.limits.refuse(incoming, self.limit)

    def is_to_be_told(self, incoming: Incoming) -> bool:
        """Whether the person is told of this one, which was refused: not of each part of an album, nor of each of many
        pictures in a row."""
        now = self._clock()
        told_at, album = self._told.get(incoming.user_id, (float("-inf"), None))
        if now - told_at < TOLD_AGAIN_SECONDS or (album is not None and album == incoming.album):
            return False
        if self.limit is not None:
            # Whoever was told longer ago than the limit looks back is forgotten.
            since = now - self.limit.window.total_seconds()
            self._told = {person: told for person, told in self._told.items() if told[0] > since}
        self._told[incoming.user_id] = (now, incoming.album)
        return True
