"""The work queue: many chats at once, one request of a chat at a time and in its order."""

from __future__ import annotations

import asyncio
from collections import deque


class Lanes:
    """Request numbers by chat. Within a chat answers come in the order of the questions, and no chat, however many
    pictures it sends, holds more than one worker."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[int]] = {}
        self._ready: asyncio.Queue[int | None] = asyncio.Queue()
        self._closed = False

    def put(self, chat_id: int, request_id: int) -> None:
        """Queue a request behind the others of its chat."""
        lane = self._waiting.get(chat_id)
        if lane is None:
            self._waiting[chat_id] = deque((request_id,))
            self._ready.put_nowait(chat_id)
        else:
            lane.append(request_id)

    async def take(self) -> tuple[int, int] | None:
        """The next chat and request; the chat is held until ``done``. None: closed, nothing more is to be begun."""
        if self._closed:
            return None
        chat_id = await self._ready.get()
        return None if chat_id is None else (chat_id, self._waiting[chat_id].popleft())

    def done(self, chat_id: int) -> None:
        """Let the chat's next request be taken."""
        if self._waiting[chat_id]:
            self._ready.put_nowait(chat_id)
        else:
            del self._waiting[chat_id]

    def put_back(self, chat_id: int, request_id: int, seconds: float) -> None:
        """Let the request that was taken, and only then the chat's others, be taken again after ``seconds``."""
        self._waiting[chat_id].appendleft(request_id)
        asyncio.get_running_loop().call_later(seconds, self._ready.put_nowait, chat_id)

    def close(self, workers: int) -> None:
        """Wake the ``workers`` that wait. A request that one of them was about to be given is still given."""
        self._closed = True
        for _ in range(workers):
            self._ready.put_nowait(None)
