"""Telegram's limits on how fast a bot may send, for those who want to meet them here first.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about 30 messages a second in all,
one a second in a chat with short bursts allowed, 20 a minute in a group.
"""

from __future__ import annotations

import math
import time
from collections import deque

from sandbox.errors import too_many_requests


class RateLimits:
    """Counts what each bot sent in sliding windows."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int, float], deque[float]] = {}

    def count(self, bot_id: int, chat_id: int) -> None:
        """Count a message to a chat. Raises the error 429 when it is one too many; it is then not counted."""
        moment = time.monotonic()
        # A burst of three in three seconds is one a second on average.
        windows = [(0, 30, 1.0), (chat_id, 3, 3.0)]
        if chat_id < 0:
            windows.append((chat_id, 20, 60.0))
        recents = [self._recent(bot_id, where, seconds, moment) for where, _, seconds in windows]
        for recent, (_, most, seconds) in zip(recents, windows, strict=True):
            if len(recent) >= most:
                raise too_many_requests(max(1, math.ceil(recent[0] + seconds - moment)))
        for recent in recents:
            recent.append(moment)

    def _recent(self, bot_id: int, where: int, seconds: float, moment: float) -> deque[float]:
        recent = self._sent.setdefault((bot_id, where, seconds), deque())
        while recent and recent[0] <= moment - seconds:
            recent.popleft()
        return recent
