"""Sums albums up: one message for the whole case, once each of its pictures has its outcome."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramAPIError

from bot.background import Background
from bot.delivery import Undeliverable, deliver, to_html
from bot.outcome import Reader, as_diagnosis
from bot.patience import TelegramUnreachable
from bot.pauses import Pauses
from journal import NO_SUMMARY, Case, Journal, JournalUnavailable, Part, Request, State
from models import Refusal
from report.answer import MESSAGE_LIMIT, shorten
from report.case import CasePicture, Unread, summarise
from report.language import pick_language

logger = logging.getLogger(__name__)


class Summaries:
    """Follows the journal, where it is written which summaries are owed; so a restart goes on where it ended."""

    def __init__(self, bot: Bot, journal: Journal, reader: Reader, background: Background, pauses: Pauses) -> None:
        self._bot = bot
        self._journal = journal
        self._reader = reader
        self._background = background
        self._pauses = pauses
        # Albums that are looked at, and whether they are to be looked at once more after that.
        self._looking: dict[tuple[int, str], bool] = {}

    def settled(self, request: Request) -> None:
        """The request has its outcome; if it was the last of an album, the summary is due."""
        if request.album is not None:
            self._look(request.chat_id, request.album)

    async def catch_up(self) -> None:
        """See to the summaries that were owed when the bot last ended."""
        for chat_id, album in await self._journal.albums.owed(self._bot.id):
            self._look(chat_id, album)

    def _look(self, chat_id: int, album: str) -> None:
        again = (chat_id, album) in self._looking
        self._looking[chat_id, album] = again
        if not again:
            self._background.spawn(self._sum_up(chat_id, album))

    async def _sum_up(self, chat_id: int, album: str) -> None:
        pause = None
        try:
            while await self._summed_up(chat_id, album) or self._looking[chat_id, album]:
                self._looking[chat_id, album] = False
        except TelegramUnreachable:
            pause = self._pauses.after_outage
        except JournalUnavailable:
            pause = self._pauses.journal
        finally:
            del self._looking[chat_id, album]
        if pause is not None:
            asyncio.get_running_loop().call_later(pause, self._look, chat_id, album)

    async def _summed_up(self, chat_id: int, album: str) -> bool:
        """Whether there was something to do; if so, there may be more."""
        case = await self._journal.albums.case(self._bot.id, chat_id, album)
        if case is None:
            return False
        quiet = (datetime.now(UTC) - case.last_part_at).total_seconds()
        # The last part came later than now only where the clock was put back. A part that is still to come changes the
        # summary; to wait would be to wait for as long as the clock went back.
        if 0 <= quiet < self._pauses.album:
            await asyncio.sleep(self._pauses.album - quiet)
            return True
        message_id = await self._tell(chat_id, case)
        await self._journal.albums.summed_up(self._bot.id, chat_id, album, case, message_id)
        logger.info("an album of %d pictures is summed up", len(case.parts))
        return True

    async def _tell(self, chat_id: int, case: Case) -> int:
        pictures = [_picture(part, self._reader) for part in case.parts]
        text = shorten(summarise(pictures, pick_language(case.language)), MESSAGE_LIMIT)
        if case.summary_message_id is None:
            try:
                return await deliver(self._bot, chat_id, case.parts[0].message_id, text)
            except Undeliverable as error:
                logger.info("not deliverable: %s", error)
                return NO_SUMMARY
        try:
            await self._bot.edit_message_text(
                to_html(text), chat_id=chat_id, message_id=case.summary_message_id, parse_mode=ParseMode.HTML
            )
        except TelegramAPIError as error:
            logger.info("a summary was not changed: %s", type(error).__name__)
        return case.summary_message_id


def _picture(part: Part, reader: Reader) -> CasePicture:
    if part.reading is not None:
        card = reader.catalog.card(part.reading.model) if part.reading.model in reader.catalog.names else None
        return CasePicture(as_diagnosis(part.reading, reader), card)
    if part.refusal is not None:
        return CasePicture(Refusal(part.refusal, part.refusal, {}, part.model))
    return CasePicture(Unread.TAKEN_BACK if part.state is State.CANCELLED else Unread.FAILED)
