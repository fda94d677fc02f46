"""The queue of updates of one bot, with Telegram's rules for long polling.

An update stays until a later ``getUpdates`` acknowledges it with a higher offset, so one that was written to a client
which died is given to the next client again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.errors import conflict
from sandbox.news import News

Update = dict[str, Any]

MAX_PENDING = 10_000
# Telegram leaves these out unless they are asked for by name.
_ONLY_BY_NAME = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class UpdateQueue:
    """Updates that wait for a bot, oldest first."""

    def __init__(self) -> None:
        # Counting on from the clock keeps the numbers of one run apart from those of the run before it, so a bot that
        # remembers update numbers does not take new updates for old ones.
        self._next_id = int(time.time())
        self._pending: deque[Update] = deque(maxlen=MAX_PENDING)
        self._poller: asyncio.Future[None] | None = None
        self._polled_at = float("-inf")
        self.allowed: frozenset[str] | None = None
        self.news = News()

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def polled_within(self) -> float:
        """Seconds since a client last polled; 0 while one waits, infinite when none ever did."""
        return 0.0 if self._poller is not None else time.monotonic() - self._polled_at

    def allow(self, kinds: Iterable[str]) -> None:
        """Let only ``kinds`` of updates in from now on; none named means Telegram's default."""
        self.allowed = frozenset(kinds) or None

    def add(self, kind: str, payload: Any) -> None:
        """Put an update of ``kind`` (``message``, ``callback_query``...) in the queue, if the bot wants that kind."""
        wanted = kind in self.allowed if self.allowed is not None else kind not in _ONLY_BY_NAME
        if not wanted:
            return
        self._pending.append({"update_id": self._next_id, kind: payload})
        self._next_id += 1
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
        self.news.tell()

    def keep(self, wanted: Callable[[Update], bool]) -> None:
        """Forget what waits and is not ``wanted``."""
        self._pending = deque(filter(wanted, self._pending), maxlen=MAX_PENDING)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._pending.clear()

    def first(self) -> Update | None:
        """Return the oldest update without taking it."""
        return self._pending[0] if self._pending else None

    def acknowledge(self, offset: int) -> list[Update]:
        """Drop what ``offset`` acknowledges and return it: all before it, or all but the last ``-offset`` ones."""
        dropped: list[Update] = []
        if offset < 0:
            while len(self._pending) > -offset:
                dropped.append(self._pending.popleft())
        elif offset > 0:
            while self._pending and self._pending[0]["update_id"] < offset:
                dropped.append(self._pending.popleft())
        return dropped

    def end_poll(self, reason: str) -> None:
        """End the poll that waits, if one does, with the error 409 and this ``reason``."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(conflict(reason))

    async def poll(self, limit: int, seconds: float) -> list[Update]:
        """Return up to ``limit`` updates, waiting up to ``seconds`` for the first one.

        A poll that still waits is ended with Telegram's 409: of two pollers the later one goes on.
        """
        self.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._polled_at = time.monotonic()
        if not self._pending and seconds > 0:
            await self._wait(seconds)
        return [self._pending[index] for index in range(min(limit, len(self._pending)))]

    async def _wait(self, seconds: float) -> None:
        poller: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poller = poller
        try:
            await asyncio.wait_for(poller, seconds)
        except TimeoutError:
            pass
        finally:
            if self._poller is poller:
                self._poller = None
                self._polled_at = time.monotonic()
