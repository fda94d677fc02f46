"""How many pictures a caller may send: a token bucket (Turner 1986) a key."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from web.problems import Amount, Problem
from web.texts import Code

_SECONDS = 60.0


class Rates:
    """``a_minute`` pictures for each owner, all at once or one by one; 0: as many as come."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = a_minute
        self._clock = clock
        self._left: dict[int, tuple[float, float]] = {}

    def check(self, owner: int, pictures: int = 1) -> None:
        """Raises ``Problem`` when ``owner`` may not send so many now."""
        if self._most:
            # More than the bucket ever holds are let through when it is full.
            missing = min(pictures, self._most) - self._have(owner)
            if missing > 0:
                seconds = max(1, math.ceil(missing * _SECONDS / self._most))
                raise Problem(
                    Code.RATE_LIMITED,
                    {"Retry-After": str(seconds)},
                    limit=str(self._most),
                    wait=Amount(seconds, "duration-second"),
                )

    def charge(self, owner: int, pictures: int) -> None:
        """Counts ``pictures``. Raises ``Problem``, and counts nothing, when they are too many."""
        self.check(owner, pictures)
        if self._most:
            self._left[owner] = self._have(owner) - pictures, self._clock()

    def _have(self, owner: int) -> float:
        left, at = self._left.get(owner, (float(self._most), 0.0))
        return min(self._most, left + (self._clock() - at) * self._most / _SECONDS)
