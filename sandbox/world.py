"""Everything that the server holds."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass

from sandbox.bots import Bot
from sandbox.errors import ApiError
from sandbox.faults import CallLog, Faults
from sandbox.files import FileStore
from sandbox.limits import RateLimits
from sandbox.privacy import KINDS, is_shown

MAX_BOTS = 200
TOKEN = re.compile(r"[0-9]{1,16}:[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class Options:
    """``token``: the only one that is accepted. ``path_seconds``: how long a ``file_path`` of ``getFile`` works.
    ``one_size``: bots' photos are kept as they came, and no time goes into making Telegram's sizes of them."""

    token: str | None = None
    rate_limits: bool = False
    path_seconds: float | None = None
    one_size: bool = False


class World:
    """The bots, the files, the faults to come and the calls so far. ``server`` names this run of the server."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.server = secrets.token_hex(8)
        self.bots: dict[int, Bot] = {}
        self.files = FileStore(path_seconds=self.options.path_seconds)
        self.faults = Faults()
        self.calls = CallLog()
        self.limits = RateLimits() if self.options.rate_limits else None
        self.ready = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unclaimed = Bot()
        self._latest: Bot | None = None
        if self.options.token is not None:
            self._latest = self._admit(self.options.token)

    def bot_of(self, token: str) -> Bot:
        """Return the bot with this token; a new one begins if it may. Raises the error 401."""
        allowed = self.options.token is None or secrets.compare_digest(token.encode(), self.options.token.encode())
        if not allowed or not TOKEN.fullmatch(token):
            raise ApiError(401, "Unauthorized")
        bot = self.bots.get(int(token.partition(":")[0])) or self._admit(token)
        if bot.token is None or not secrets.compare_digest(bot.token, token):
            raise ApiError(401, "Unauthorized")
        self._latest = bot
        return bot

    def persons_bot(self, bot_id: int = 0) -> Bot:
        """Return the bot that a person talks to: the one named, else the one that called last.

        Before any bot came, the messages wait for the first one. Raises the error 404 for an unknown id.
        """
        if bot_id:
            bot = self.bots.get(bot_id)
            if bot is None:
                raise ApiError(404, "Not Found: no bot with this id has called yet")
            return bot
        return self._latest or self._unclaimed

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` in the background until it ends or ``close`` is called."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what runs in the background."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _admit(self, token: str) -> Bot:
        if len(self.bots) >= MAX_BOTS:
            raise ApiError(401, "Unauthorized")
        bot = Bot(token)
        if not self.bots:
            bot = self._unclaimed
            bot.token = token
            bot.updates.keep(lambda update: all(is_shown(bot, update[kind]) for kind in KINDS if kind in update))
        self.bots[bot.id] = bot
        return bot
