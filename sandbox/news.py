"""Waking those who wait for something to change."""

from __future__ import annotations

import asyncio


class News:
    """Lets any number of tasks wait until the next change is told.

    A waiter must look at the state and call ``wait`` without awaiting in between, or it may miss a change.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Wake everyone who waits now."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds``; return whether something was told."""
        event = self._event
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        return True
