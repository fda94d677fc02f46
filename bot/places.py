"""Tells persons who have to wait long their place in the queue. What comes of it never touches their answers."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import ReplyParameters

from bot.background import Background
from bot.lanes import Lanes, Spot
from bot.patience import only_once
from bot.waiting_texts import place_in_line
from journal import Journal, JournalUnavailable, Request

logger = logging.getLogger(__name__)

LONG_WAIT_SECONDS = 4.0
"""Shorter waits are not worth a message."""
LOOK_SECONDS = 1.0
EDIT_SECONDS = 3.0
CALL_SECONDS = 5


@dataclass
class _Notice:
    """The message that tells the place of a request; without a number as long as it is on its way."""

    request_id: int
    chat_id: int
    message_id: int | None
    place: int
    told_at: float


class Places:
    """One message a person at most: sent when the wait will be long, edited as the line moves, deleted when the request
    has its outcome. A restart finds them in the journal."""

    def __init__(self, bot: Bot, journal: Journal, lanes: Lanes, background: Background, workers: int) -> None:
        self._bot = bot
        self._journal = journal
        self._lanes = lanes
        self._background = background
        self._workers = workers
        self._notices: dict[int, _Notice] = {}

    def adopt(self, request: Request) -> None:
        """Go on with the message that was sent for ``request`` before a restart, if there is one."""
        if request.notice_message_id is None:
            return
        notice = _Notice(request.id, request.chat_id, request.notice_message_id, 0, 0.0)
        if self._notices.setdefault(request.user_id, notice) is not notice:
            self._delete(request.id, request.chat_id, request.notice_message_id)

    async def clear(self) -> None:
        """Delete the messages of requests that have their outcome, left over from before a restart."""
        for left in await self._journal.waiting.outdated_notices(self._bot.id):
            self._delete(left.request_id, left.chat_id, left.message_id)

    def settled(self, request: Request) -> None:
        """The request has its outcome, so that its place is of no interest any more."""
        notice = self._notices.get(request.user_id)
        if notice is not None and notice.request_id == request.id:
            del self._notices[request.user_id]
            if notice.message_id is not None:
                self._delete(notice.request_id, notice.chat_id, notice.message_id)
        elif request.notice_message_id is not None:
            # Another process told the place.
            self._delete(request.id, request.chat_id, request.notice_message_id)

    async def run(self) -> None:
        """Look at the line again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                with only_once():
                    await self._look()
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except (TelegramAPIError, JournalUnavailable) as error:
                logger.info("a place in the queue was not told: %s", type(error).__name__)
            except Exception:
                logger.exception("a place in the queue could not be told")

    async def _look(self) -> None:
        await self._tidy()
        for spot in self._lanes.line():
            seconds = spot.place * self._lanes.seconds_each() / self._workers
            notice = self._notices.get(spot.person)
            if notice is None:
                if seconds >= LONG_WAIT_SECONDS:
                    await self._tell(spot, seconds)
            elif notice.request_id == spot.request_id and notice.place != spot.place:
                await self._tell_again(notice, spot, seconds)

    async def _tidy(self) -> None:
        """Delete the messages of requests that another process works on or has answered."""
        if not self._journal.leases.shared:
            return
        for person, notice in list(self._notices.items()):
            if notice.request_id in self._lanes.in_hand() or notice.message_id is None:
                continue
            if await self._journal.waiting.request(notice.request_id) is None and self._notices.get(person) is notice:
                del self._notices[person]
                self._delete(notice.request_id, notice.chat_id, notice.message_id)

    async def _tell(self, spot: Spot, seconds: float) -> None:
        request = await self._journal.waiting.request(spot.request_id)
        if request is None or spot.person in self._notices:
            return
        if request.notice_message_id is not None:
            # Another process has told a place; from now on this one does.
            self.adopt(request)
            return
        notice = self._notices[spot.person] = _Notice(request.id, request.chat_id, None, spot.place, time.monotonic())
        try:
            message = await self._bot.send_message(
                request.chat_id,
                place_in_line(spot.place, seconds, request.language),
                disable_notification=True,
                reply_parameters=ReplyParameters(message_id=request.message_id, allow_sending_without_reply=True),
                request_timeout=CALL_SECONDS,
            )
        except TelegramAPIError as error:
            self._give_up(spot.person, notice, error)
            raise
        if self._notices.get(spot.person) is notice:
            notice.message_id = message.message_id
            await self._journal.waiting.note(request.id, message.message_id)
        else:  # the answer was quicker
            self._delete(request.id, request.chat_id, message.message_id)

    async def _tell_again(self, notice: _Notice, spot: Spot, seconds: float) -> None:
        if notice.message_id is None or time.monotonic() - notice.told_at < EDIT_SECONDS:
            return
        request = await self._journal.waiting.request(spot.request_id)
        if request is None:
            return
        notice.place, notice.told_at = spot.place, time.monotonic()
        await self._bot.edit_message_text(
            place_in_line(spot.place, seconds, request.language),
            chat_id=notice.chat_id,
            message_id=notice.message_id,
            request_timeout=CALL_SECONDS,
        )

    def _give_up(self, person: int, notice: _Notice, error: TelegramAPIError) -> None:
        # Where the bot may not write nothing is tried again. What else went wrong may pass.
        lasting = isinstance(error, TelegramBadRequest | TelegramForbiddenError)
        if not lasting and self._notices.get(person) is notice:
            del self._notices[person]

    def _delete(self, request_id: int, chat_id: int, message_id: int) -> None:
        self._background.spawn(self._deleted(request_id, chat_id, message_id))

    async def _deleted(self, request_id: int, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.delete_message(chat_id, message_id)
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            # Gone already, or out of reach for good.
            logger.info("the message with a place was not deleted: %s", type(error).__name__)
        await self._journal.waiting.note(request_id, None)
