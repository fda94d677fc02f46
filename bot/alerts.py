"""Tells those who run the bot what goes wrong, and what people write to them: codes and counts, nothing of a person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import LinkPreviewOptions

from bot import operator_texts
from bot.background import Background
from bot.patience import TelegramUnreachable
from journal import Journal, JournalUnavailable
from report.answer import MESSAGE_LIMIT, utf16_length
from report.language import pick_language

logger = logging.getLogger(__name__)

EVERY_SECONDS = 600.0
"""One message about the same code in this time; what comes in between is counted."""

# What mends itself within a minute is in the log, and not worth waking anybody.
JOURNAL_UNAVAILABLE: Final = "journal_unavailable"
PATIENT_SECONDS = 60.0
STILL_SECONDS = 20.0


@dataclass
class _Held:
    """What happened since the last message about a code, or before the first."""

    since: datetime
    told: bool
    count: int = 0
    last: float = 0.0
    timer: asyncio.TimerHandle | None = None


class Alerts:
    """Writes to ``admins`` in their private chats, each in their language. Nothing here waits for Telegram."""

    def __init__(self, bot: Bot, journal: Journal, background: Background, admins: frozenset[int]) -> None:
        self.admins = admins
        self._bot = bot
        self._journal = journal
        self._background = background
        self._held: dict[str, _Held] = {}
        self._not_begun: set[int] = set()
        self._languages: dict[int, str] = {}

    def happened(self, code: str) -> None:
        """Tell that the failure ``code`` happened, unless that was told a short while ago: then it is counted."""
        held = self._held.get(code)
        if held is None and code != JOURNAL_UNAVAILABLE:
            self._tell(code, 1, datetime.now(UTC))
            self._hold(code, told=True, seconds=EVERY_SECONDS)
            return
        if held is None:
            held = self._hold(code, told=False, seconds=PATIENT_SECONDS)
        held.count += 1
        held.last = asyncio.get_running_loop().time()

    def letter(self, text: str) -> None:
        """Hand on what a person wrote; who it was is not said."""

        def letter(language: str) -> list[str]:
            heading = operator_texts.letter(language)
            whole = f"{heading}\n\n{text}"
            return [whole] if utf16_length(whole) <= MESSAGE_LIMIT else [heading, text]

        self._background.spawn(self._write(letter))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While the block runs, every error that is logged is told by its code: the ``alert`` that its line brings
        along, else the name of its logger."""
        if not self.admins:
            yield
            return
        listener = _Listener(self.happened)
        logging.getLogger().addHandler(listener)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(listener)
            for held in self._held.values():
                if held.timer is not None:
                    held.timer.cancel()

    def _hold(self, code: str, *, told: bool, seconds: float) -> _Held:
        held = _Held(datetime.now(UTC), told)
        held.timer = asyncio.get_running_loop().call_later(seconds, self._release, code)
        self._held[code] = held
        return held

    def _release(self, code: str) -> None:
        held = self._held.pop(code)
        is_over = not held.told and asyncio.get_running_loop().time() - held.last > STILL_SECONDS
        if held.count and not is_over:
            self._tell(code, held.count, held.since)
            self._hold(code, told=True, seconds=EVERY_SECONDS)

    def _tell(self, code: str, count: int, since: datetime) -> None:
        self._background.spawn(self._write(lambda language: [operator_texts.alert(code, count, since, language)]))

    async def _write(self, texts: Callable[[str], list[str]]) -> None:
        for admin in sorted(self.admins):
            language = await self.language(admin)
            try:
                for text in texts(language):
                    await self._bot.send_message(admin, text, link_preview_options=LinkPreviewOptions(is_disabled=True))
            except (TelegramBadRequest, TelegramForbiddenError):
                if admin not in self._not_begun:
                    logger.info("one of ADMIN_IDS cannot be written to: they have to start the bot first")
                self._not_begun.add(admin)
            except (TelegramAPIError, TelegramUnreachable) as error:
                logger.info("an alert was not sent: %s", type(error).__name__)

    async def language(self, admin: int) -> str:
        try:
            self._languages[admin] = pick_language(await self._journal.people.reads(admin))
        except JournalUnavailable as error:
            logger.info("%s; an alert goes out in the language that was known", error)
        return self._languages.get(admin, pick_language(None))


class _Listener(logging.Handler):
    def __init__(self, happened: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._loop = asyncio.get_running_loop()
        self._happened = happened

    def emit(self, record: logging.LogRecord) -> None:
        if not self._loop.is_closed():  # a thread may log when all is over
            self._loop.call_soon_threadsafe(self._happened, getattr(record, "alert", record.name))
