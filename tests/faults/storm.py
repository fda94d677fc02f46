"""Persons who send pictures while the bot is killed and Telegram fails; then the counting.

Every picture carries a number, so that an answer can be told to be of the picture that it replies to.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.e2e.stack import TOKEN, Message, Person, Stack, clean_environment
from tests.faults.codes import number_in, picture_of

FIRST_PERSON = 1_000_000
_METHODS = ("getFile", "file", "sendPhoto", "sendMessage", "getUpdates", "setMessageReaction", "editMessageText")
_MOST_WAITING = 64


@dataclass(frozen=True)
class Plan:
    """How much is asked of the bot: ``requests`` by ``persons``, with ``kills`` at random moments, a fault of
    Telegram's every ``fault_every`` seconds on average, all drawn from ``seed``. After ``patience`` seconds
    without an answer what is open is lost."""

    requests: int
    persons: int
    kills: int
    fault_every: float = 0.4
    seed: int = 1
    patience: float = 120.0


@dataclass
class Count:
    """What became of it. ``duplicates`` are answers beyond the first to a picture; ``answers_lost_by_telegram``
    counts the calls that it carried out without the bot ever hearing of it, each of which may bring one more."""

    sent: int = 0
    accepted: int = 0
    answered: int = 0
    lost: int = 0
    crossed: int = 0
    duplicates: int = 0
    kills: int = 0
    stops: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    answers_lost_by_telegram: int = 0
    states: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Storm:
    """One run against a sandbox that already serves (``stack``)."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        self._random = random.Random(plan.seed)
        self._sent: dict[tuple[int, int], int] = {}
        self._answers: dict[tuple[int, int], set[int]] = {}
        self._open: dict[int, set[int]] = {}
        self._read: dict[int, int] = {}
        self._count = Count()

    async def run(self) -> Count:
        """Sends, kills and waits until everything accepted has its answer, or nothing has come for long."""
        begun = time.monotonic()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fail(over))
            group.create_task(self._listen(over))
            killing = group.create_task(self._kill())
            try:
                await self._send()
                bot = await killing
                await self._clear_faults()
                await self._wait()
                bot.terminate()
                await asyncio.to_thread(bot.wait)
            finally:
                over.set()
        return self._finish(time.monotonic() - begun)

    async def _send(self) -> None:
        for number in range(self._plan.requests):
            while sum(len(waiting) for waiting in self._open.values()) >= _MOST_WAITING:
                await asyncio.sleep(0.02)
            chat = FIRST_PERSON + self._random.randrange(self._plan.persons)
            kind = self._random.choice(("photo", "document"))
            message = await self._person(chat).sends(kind, picture_of(number), name="picture.jpg")
            self._sent[chat, message["message_id"]] = number
            self._open.setdefault(chat, set()).add(message["message_id"])
            self._count.sent += 1

    async def _kill(self) -> subprocess.Popen[bytes]:
        """Every now and then the bot is killed, or stopped, and started again; the one that is left running."""
        for _ in range(self._plan.kills):
            bot = self._start()
            try:
                await asyncio.sleep(self._random.uniform(0.6, 3.0))
            finally:
                gently = self._random.random() < 0.25
                bot.send_signal(signal.SIGTERM if gently else signal.SIGKILL)
                await asyncio.to_thread(bot.wait)
            self._count.stops += gently
            self._count.kills += not gently
        return self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = clean_environment(
            BOT_TOKEN=TOKEN,
            BOT_API_URL=self._stack.base,
            JOURNAL_URL=f"sqlite+aiosqlite:///{self._stack.journal}",
            RATE_LIMIT="0",
            LOG_LEVEL="WARNING",
            **self._stack.settings,
        )
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with self._stack.log.open("ab") as sink:
            return subprocess.Popen(
                [sys.executable, "-m", "bot"], env=environment, cwd=self._stack.folder, stdout=sink, stderr=sink
            )

    async def _fail(self, over: asyncio.Event) -> None:
        faults: Counter[str] = Counter()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), self._random.expovariate(1 / self._plan.fault_every))
                break
            name, fault = self._fault()
            faults[name] += 1
            self._count.answers_lost_by_telegram += bool(fault.get("after"))
            await self._stack.fault(**fault)
        self._count.faults = dict(faults)

    def _fault(self) -> tuple[str, dict[str, Any]]:
        method = self._random.choice(_METHODS)
        return self._random.choice(
            (
                ("429", {"method": method, "status": 429, "retry_after": 1}),
                ("500", {"method": method, "status": 500}),
                ("502", {"method": method, "status": 502}),
                ("slow", {"method": method, "delay": self._random.uniform(0.5, 3.0)}),
                ("cut", {"method": method, "status": 0}),
                # Carried out, and then the connection breaks: of getUpdates the same updates come again.
                ("cut after", {"method": method, "status": 0, "after": True}),
            )
        )

    async def _clear_faults(self) -> None:
        async with self._stack.session.delete(f"{self._stack.base}/sandbox/faults"):
            pass

    async def _listen(self, over: asyncio.Event) -> None:
        while not over.is_set():
            for chat in list(self._open):
                await self._read_chat(chat)
            await asyncio.sleep(0.1)
        for chat in sorted({chat for chat, _ in self._sent}):
            await self._read_chat(chat)

    async def _read_chat(self, chat: int) -> None:
        url = f"{self._stack.base}/sandbox/chats/{chat}/messages"
        async with self._stack.session.get(url, params={"after": self._read.get(chat, 0), "wait": 0}) as response:
            if response.status != 200:
                return
            messages = await response.json()
            self._read[chat] = int(response.headers["Sandbox-Last"])
        for message in messages:
            await self._take(chat, message)

    async def _take(self, chat: int, message: Message) -> None:
        replied = message.get("reply_to_message", {}).get("message_id")
        if "photo" not in message or replied is None:
            return
        answers = self._answers.setdefault((chat, replied), set())
        if message["message_id"] in answers:
            return  # an edit of its buttons
        answers.add(message["message_id"])
        self._count.crossed += self._sent.get((chat, replied)) != number_in(await self._overlay(message))
        self._open.get(chat, set()).discard(replied)

    async def _overlay(self, message: Message) -> bytes:
        """As the chat page shows it: no fault is in the way there."""
        file_id = message["photo"][-1]["file_id"]
        async with self._stack.session.get(f"{self._stack.base}/sandbox/files/{file_id}") as response:
            assert response.status == 200, response.status
            return await response.read()

    async def _wait(self) -> None:
        """Until every picture that was accepted has its answer, or none has come for long."""
        seen, since = -1, time.monotonic()
        while any(self._open.values()):
            if len(self._answers) != seen:
                seen, since = len(self._answers), time.monotonic()
            if time.monotonic() - since > self._plan.patience:
                return
            await asyncio.sleep(0.2)
        # What comes twice comes soon.
        await asyncio.sleep(3)

    def _person(self, chat: int) -> Person:
        return Person(self._stack.session, self._stack.base, chat)

    def _finish(self, seconds: float) -> Count:
        count = self._count
        count.accepted = self._stack.accepted()
        count.states = dict(self._stack.rows("select state, count(*) from requests group by state"))
        count.answered = len(self._answers)
        count.lost = len(self._sent.keys() - self._answers.keys())
        count.duplicates = sum(len(answers) - 1 for answers in self._answers.values())
        count.seconds = round(seconds, 1)
        return count
