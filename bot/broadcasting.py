"""Sends a broadcast, person by person, slowly enough for Telegram and for those who wait for an answer."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from bot import operator_texts
from bot.acceptance import Desk
from bot.alerts import JOURNAL_UNAVAILABLE
from bot.operator_buttons import stopping
from bot.patience import TelegramUnreachable
from journal import Broadcast, JournalUnavailable, Stage
from report.language import pick_language

logger = logging.getLogger(__name__)

# Telegram takes about 30 messages a second; the rest is for answers. While pictures wait most of it is.
PER_SECOND: Final = 20.0
PER_SECOND_WHILE_PICTURES_WAIT: Final = 4.0
BATCH: Final = 100
PROGRESS_SECONDS = 3.0
OUTAGE_SECONDS = 30.0

GONE_IN_WORDS: Final = ("chat not found", "user is deactivated", "user not found", "PEER_ID_INVALID")
"""What a 400 says where a 403 would have been the word for it."""


class _End(Enum):
    REACHED = "reached"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True)
class Place:
    """A message of ours that shows an admin how far a broadcast has come."""

    chat_id: int
    message_id: int
    language: str


class Broadcaster:
    """Sends what the journal says is to be sent, one broadcast after the other, until it is closed.

    How far it has come is committed after each person, so of a process that is killed only the message in flight may
    go out twice.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bot: Bot = desk.bot
        self._broadcasts = desk.journal.broadcasts
        self._places: dict[int, list[Place]] = {}
        self._news = asyncio.Event()
        self._closed = False

    async def begin(self, broadcast_id: int, place: Place) -> bool:
        """Let a draft go out, and show in ``place`` how far it has come; False: it is no draft any more."""
        draft = await self._broadcasts.find(self._bot.id, broadcast_id)
        if draft is None or draft.stage is not Stage.DRAFT:
            return False
        self._places[broadcast_id] = [place]
        begun = await self._broadcasts.begin(self._bot.id, broadcast_id)
        if begun:
            self._show(replace(draft, stage=Stage.SENDING))
        self._news.set()
        return begun

    async def stop(self, broadcast_id: int) -> bool:
        """Let nothing more of a broadcast go out; False: it was over before."""
        stopped = await self._broadcasts.end(self._bot.id, broadcast_id, Stage.STOPPED)
        self._news.set()
        return stopped

    def close(self) -> None:
        """Let ``run`` end after the message in flight."""
        self._closed = True
        self._news.set()

    async def run(self) -> None:
        """Send whatever is to be sent, and wait for more."""
        while not self._closed:
            try:
                broadcast = await self._broadcasts.sending(self._bot.id)
                if broadcast is None:
                    await self._rest(None)
                else:
                    await self._send_all(broadcast)
            except JournalUnavailable as error:
                logger.error("%s", error, extra={"alert": JOURNAL_UNAVAILABLE})  # noqa: TRY400
                await self._rest(PROGRESS_SECONDS)
            except Exception:
                logger.exception("a broadcast broke off; it goes on later")
                await self._rest(OUTAGE_SECONDS)

    async def _send_all(self, broadcast: Broadcast) -> None:
        if broadcast.id not in self._places:
            self._places[broadcast.id] = await self._places_after_restart(broadcast)
        logger.info("broadcast %d goes out", broadcast.id)
        shown = time.monotonic()
        seen = broadcast.last_user_id
        while batch := await self._broadcasts.recipients(self._bot.id, seen, BATCH):
            for user_id, language in batch:
                seen = user_id
                if broadcast.language is not None and pick_language(language) != broadcast.language:
                    continue
                begun = time.monotonic()
                end = await self._send(broadcast, user_id)
                if end is None:
                    return await self._over(broadcast)
                broadcast = await self._note(broadcast, user_id, end)
                if self._closed or broadcast.stage is not Stage.SENDING:
                    return await self._over(broadcast)
                if time.monotonic() - shown > PROGRESS_SECONDS:
                    shown = time.monotonic()
                    self._show(broadcast)
                pace = PER_SECOND_WHILE_PICTURES_WAIT if self._desk.lanes.waiting else PER_SECOND
                await asyncio.sleep(max(0.0, begun + 1 / pace - time.monotonic()))
        await self._broadcasts.end(self._bot.id, broadcast.id, Stage.DONE)
        return await self._over(broadcast)

    async def _send(self, broadcast: Broadcast, user_id: int) -> _End | None:
        """What became of it, tried for as long as Telegram cannot be reached; None: stopped meanwhile."""
        while True:
            try:
                await self._bot.send_message(user_id, broadcast.text, parse_mode=ParseMode.HTML)
            except TelegramForbiddenError:
                return _End.GONE
            except TelegramBadRequest as error:
                return _End.GONE if any(words in error.message for words in GONE_IN_WORDS) else _End.REFUSED
            except (TelegramUnreachable, TelegramUnauthorizedError, TelegramNotFound) as error:
                logger.warning("Telegram cannot be reached; the broadcast waits")
                await self._rest(_seconds_to_wait(error))
            except TelegramAPIError as error:
                logger.info("one message of the broadcast was not taken: %s", type(error).__name__)
                return _End.REFUSED
            else:
                return _End.REACHED
            now = await self._broadcasts.find(self._bot.id, broadcast.id)
            if self._closed or now is None or now.stage is not Stage.SENDING:
                return None

    async def _note(self, broadcast: Broadcast, user_id: int, end: _End) -> Broadcast:
        while True:
            try:
                return await self._broadcasts.note(
                    broadcast.id, user_id, reached=end is _End.REACHED, gone=end is _End.GONE
                )
            except JournalUnavailable as error:
                # The person has it: to go back to the journal's word would be to send it again.
                logger.error("%s", error, extra={"alert": JOURNAL_UNAVAILABLE})  # noqa: TRY400
            await asyncio.sleep(PROGRESS_SECONDS)

    async def _over(self, broadcast: Broadcast) -> None:
        """Show the last count, unless the broadcast goes on after a restart."""
        now = await self._broadcasts.find(self._bot.id, broadcast.id)
        if now is not None and now.stage is not Stage.SENDING:
            logger.info("broadcast %d is over: %d sent, %d not", now.id, now.sent, now.failed)
            self._show(now)
            self._places.pop(now.id, None)

    def _show(self, broadcast: Broadcast) -> None:
        for place in self._places.get(broadcast.id, ()):
            going = broadcast.stage is Stage.SENDING
            editing = self._bot.edit_message_text(
                operator_texts.progress(broadcast, place.language),
                chat_id=place.chat_id,
                message_id=place.message_id,
                reply_markup=stopping(broadcast.id, place.language) if going else None,
            )
            self._desk.background.spawn_in_turn(place.chat_id, editing)

    async def _places_after_restart(self, broadcast: Broadcast) -> list[Place]:
        """A new message for each admin: which of them began it, and in which message, the journal does not say."""
        places = []
        for admin in sorted(self._desk.alerts.admins):
            language = await self._desk.alerts.language(admin)
            try:
                text = operator_texts.progress(broadcast, language)
                sent = await self._bot.send_message(admin, text, reply_markup=stopping(broadcast.id, language))
            except (TelegramAPIError, TelegramUnreachable) as error:
                logger.info("an admin is not shown how far the broadcast is: %s", type(error).__name__)
            else:
                places.append(Place(admin, sent.message_id, language))
        return places

    async def _rest(self, seconds: float | None) -> None:
        """Wait for ``seconds``, or for news."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return
        self._news.clear()


def _seconds_to_wait(error: Exception) -> float:
    cause = error.__cause__
    return float(cause.retry_after) if isinstance(cause, TelegramRetryAfter) else OUTAGE_SECONDS
