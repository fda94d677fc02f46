"""Small sends that nobody waits for, so that the polling loop goes on; known by name, so that a stop waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from aiogram.exceptions import TelegramAPIError

from bot.patience import TelegramUnreachable

logger = logging.getLogger(__name__)


class Background:
    """Tasks in flight. Those of one chat run one after the other, so replies keep the order of the questions."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[int, asyncio.Task[None]] = {}

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run ``work`` on its own."""
        self._keep(asyncio.create_task(_run(work)))

    def spawn_in_turn(self, chat_id: int, work: Coroutine[Any, Any, object]) -> None:
        """Run ``work`` after everything that was spawned for this chat before."""
        task = asyncio.create_task(_run(work, after=self._last.get(chat_id)))
        self._last[chat_id] = task
        task.add_done_callback(lambda done: self._forget(chat_id, done))
        self._keep(task)

    async def drain(self, seconds: float) -> None:
        """Wait for all tasks, at most ``seconds``, then cancel the rest."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self, chat_id: int, task: asyncio.Task[None]) -> None:
        if self._last.get(chat_id) is task:
            del self._last[chat_id]


async def _run(work: Coroutine[Any, Any, object], after: asyncio.Task[None] | None = None) -> None:
    try:
        if after is not None:
            await asyncio.wait((after,))
        await work
    except (TelegramAPIError, TelegramUnreachable) as error:
        logger.info("not sent: %s", type(error).__name__)
    except Exception:
        logger.exception("a message could not be made", extra={"alert": "message_failed"})
    finally:
        work.close()
