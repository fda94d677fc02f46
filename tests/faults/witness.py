"""Sees what the bot answers to whom, while it is killed and started again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import aiohttp

from tests.e2e.stack import Message, Stack
from tests.faults.codes import number_in

_WAIT_SECONDS = 20


@dataclass
class Witness:
    """``sent``: the number in each picture, by chat and message; ``answers``: the messages with a picture that replied
    to it; ``crossed`` counts the answers that show another picture than the one they reply to."""

    stack: Stack
    tasks: asyncio.TaskGroup
    sent: dict[tuple[int, int], int] = field(default_factory=dict)
    answers: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    crossed: int = 0
    _seen: dict[int, int] = field(default_factory=dict)
    _following: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many pictures have no answer yet."""
        return len(self.sent) - len(self.answers)

    @property
    def duplicates(self) -> int:
        """How many answers there are beyond the first to a picture."""
        return sum(len(answers) - 1 for answers in self.answers.values())

    def note(self, chat: int, message_id: int, number: int) -> None:
        """The picture with ``number`` was sent."""
        self.sent[chat, message_id] = number
        if chat not in self._following:
            self._following[chat] = self.tasks.create_task(self._follow(chat))

    async def close(self) -> None:
        """Looks at every chat once more, and no longer."""
        for task in self._following.values():
            task.cancel()
        await asyncio.gather(*self._following.values(), return_exceptions=True)
        for chat in self._following:
            assert await self._look(chat, wait=0)

    async def _follow(self, chat: int) -> None:
        while True:
            if not await self._look(chat, wait=_WAIT_SECONDS):
                await asyncio.sleep(0.2)

    async def _look(self, chat: int, wait: int) -> bool:
        url = f"{self.stack.base}/sandbox/chats/{chat}/messages"
        parameters = {"after": self._seen.get(chat, 0), "wait": wait}
        async with self.stack.session.get(url, params=parameters) as response:
            if response.status != 200:
                return False
            messages = await response.json()
            last = int(response.headers["Sandbox-Last"])
        for message in messages:
            await self._take(chat, message)
        self._seen[chat] = last
        return True

    async def _take(self, chat: int, message: Message) -> None:
        replied = message.get("reply_to_message", {}).get("message_id")
        if "photo" not in message or replied is None:
            return
        if message["message_id"] in self.answers.get((chat, replied), ()):
            return  # an edit of its buttons
        number = await asyncio.to_thread(number_in, await self._overlay(message))
        self.answers.setdefault((chat, replied), set()).add(message["message_id"])
        self.crossed += self.sent.get((chat, replied)) != number

    async def _overlay(self, message: Message) -> bytes:
        """As the chat page shows it: no fault is in the way there."""
        file_id = message["photo"][-1]["file_id"]
        async with self.stack.session.get(f"{self.stack.base}/sandbox/files/{file_id}") as response:
            assert response.status == 200, response.status
            return await response.read()


def patient_session() -> aiohttp.ClientSession:
    """A session in which every chat can be waited for at the same time."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
