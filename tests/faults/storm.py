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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.e2e.stack import TOKEN, Person, Stack, clean_environment
from tests.faults.codes import picture_of
from tests.faults.witness import Witness

FIRST_PERSON = 1_000_000
_METHODS = ("getFile", "file", "sendPhoto", "sendMessage", "getUpdates", "setMessageReaction", "editMessageText")
_ANSWERS = ("sendPhoto", "sendMessage")
_MOST_WAITING = 64
_TOLD_EVERY_SECONDS = 30.0
# A call that Telegram holds up or refuses keeps a worker for a second and more; others go on meanwhile.
_WORKERS = "16"


@dataclass(frozen=True)
class Plan:
    """How much is asked of the bot: ``requests`` by ``persons``, with ``kills`` spread over them, and ``faults`` of
    Telegram's a picture on average, all drawn from ``seed``. After ``patience`` seconds without an answer what is open
    is lost. Where the bot ``hears`` of its answers, those that Telegram takes are never cut off before it says so."""

    requests: int
    persons: int
    kills: int
    faults: float = 0.25
    seed: int = 1
    patience: float = 120.0
    hears: bool = False


@dataclass
class Count:
    """What became of it. ``duplicates`` are answers beyond the first to a picture; ``answers_lost_by_telegram``
    counts the messages that it sent without the bot ever hearing of it, each of which may bring one more."""

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
    """One run against a sandbox that already serves (``stack``); ``tell`` is told every now and then how it goes."""

    def __init__(self, stack: Stack, plan: Plan, tell: Callable[[str], None] = lambda _line: None) -> None:
        self._stack = stack
        self._plan = plan
        self._tell = tell
        self._random = random.Random(plan.seed)
        self._count = Count()
        self._begun = time.monotonic()

    async def run(self) -> Count:
        """Sends, kills and waits until everything accepted has its answer, or nothing has come for long."""
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            witness = Witness(self._stack, tasks)
            tasks.create_task(self._report(witness, over))
            killing = tasks.create_task(self._kill())
            try:
                await self._send(witness)
                bot = await killing
                await self._clear_faults()
                await self._wait(witness)
                bot.terminate()
                await asyncio.to_thread(bot.wait)
                await witness.close()
            finally:
                over.set()
        return self._finish(witness)

    async def _send(self, witness: Witness) -> None:
        for number in range(self._plan.requests):
            while witness.open >= _MOST_WAITING:
                await asyncio.sleep(0.02)
            chat = FIRST_PERSON + self._random.randrange(self._plan.persons)
            kind = self._random.choice(("photo", "document"))
            person = Person(self._stack.session, self._stack.base, chat)
            message = await person.sends(kind, picture_of(number), name="picture.jpg")
            witness.note(chat, message["message_id"], number)
            self._count.sent += 1
            # By the picture and not by the second: else the faults would outrun a bot that they slow down.
            if self._random.random() < self._plan.faults:
                await self._fail()

    async def _kill(self) -> subprocess.Popen[bytes]:
        """Once in each stretch of the run, at a random picture, the bot is killed, or stopped, and started again; the
        one that is left running.

        Never many times in a row: a picture that is in hand at three kills is rightly given up.
        """
        bot = self._start()
        stretch = self._plan.requests / max(1, self._plan.kills)
        try:
            for number in range(self._plan.kills):
                mark = (number + self._random.random()) * stretch
                while self._count.sent <= mark:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(self._random.uniform(0.0, 0.5))
                gently = self._random.random() < 0.25
                bot.send_signal(signal.SIGTERM if gently else signal.SIGKILL)
                await asyncio.to_thread(bot.wait)
                self._count.stops += gently
                self._count.kills += not gently
                bot = self._start()
        except BaseException:
            bot.kill()
            raise
        return bot

    def _start(self) -> subprocess.Popen[bytes]:
        environment = clean_environment(
            BOT_TOKEN=TOKEN,
            BOT_API_URL=self._stack.base,
            JOURNAL_URL=f"sqlite+aiosqlite:///{self._stack.journal}",
            RATE_LIMIT="0",
            WORKERS=_WORKERS,
            LOG_LEVEL="WARNING",
            **self._stack.settings,
        )
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with self._stack.log.open("ab") as sink:
            return subprocess.Popen(
                [sys.executable, "-m", "bot"], env=environment, cwd=self._stack.folder, stdout=sink, stderr=sink
            )

    async def _fail(self) -> None:
        name, fault = self._fault()
        self._count.faults[name] = self._count.faults.get(name, 0) + 1
        self._count.answers_lost_by_telegram += "after" in fault and fault["method"] in _ANSWERS
        await self._stack.fault(**fault)

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
                ("cut after", {"method": "getUpdates" if self._plan.hears else method, "status": 0, "after": True}),
            )
        )

    async def _clear_faults(self) -> None:
        async with self._stack.session.delete(f"{self._stack.base}/sandbox/faults"):
            pass

    async def _report(self, witness: Witness, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _TOLD_EVERY_SECONDS)
            ended = self._count.kills + self._count.stops
            self._tell(
                f"{time.monotonic() - self._begun:5.0f} s: {self._count.sent} of {self._plan.requests} sent, "
                f"{witness.open} open, {ended} of {self._plan.kills} times killed or stopped, "
                f"{witness.crossed} crossed, {witness.duplicates} twice"
            )

    async def _wait(self, witness: Witness) -> None:
        """Until every picture that was accepted has its answer, or none has come for long."""
        seen, since = -1, time.monotonic()
        while witness.open:
            if len(witness.answers) != seen:
                seen, since = len(witness.answers), time.monotonic()
            if time.monotonic() - since > self._plan.patience:
                return
            await asyncio.sleep(0.2)
        # What comes twice comes soon.
        await asyncio.sleep(3)

    def _finish(self, witness: Witness) -> Count:
        count = self._count
        count.accepted = self._stack.accepted()
        count.states = dict(self._stack.rows("select state, count(*) from requests group by state"))
        count.answered = len(witness.answers)
        count.lost = len(witness.sent.keys() - witness.answers.keys())
        count.crossed = witness.crossed
        count.duplicates = witness.duplicates
        count.seconds = round(time.monotonic() - self._begun, 1)
        return count
