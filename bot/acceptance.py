"""The way in: a picture is journaled and queued, and nothing else happens before Telegram may forget its update."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message, TelegramObject, User

from bot import texts
from bot.background import Background
from bot.delivery import react
from bot.files import SentFile
from bot.lanes import Lanes
from journal import Answered, Incoming, Journal, JournalUnavailable, Original
from report.language import pick_language

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0


@dataclass(frozen=True)
class Desk:
    """Where handlers hand in what they were sent. ``models`` are those that a person may ask for here."""

    bot: Bot
    journal: Journal
    lanes: Lanes
    background: Background
    models: tuple[str, ...]

    async def accept(self, message: Message, update_id: int, file: SentFile, model: str | None) -> None:
        """Journal a picture (committed), queue it, and show that it was seen. A second copy of an update is dropped."""
        await self._accept(
            Incoming(
                bot_id=self.bot.id,
                update_id=update_id,
                chat_id=message.chat.id,
                message_id=message.message_id,
                user_id=sender(message),
                file_id=file.id,
                file_size=file.size,
                language=language_of(message),
                model=model,
                album=message.media_group_id,
            )
        )

    async def accept_again(
        self,
        query: CallbackQuery,
        chat_id: int,
        update_id: int,
        original: Original,
        model: str,
        *,
        reopens: int | None = None,
    ) -> None:
        """As ``accept``, for a picture that was answered before, when a button below its answer is pressed; ``reopens``
        is the request whose answer is to be seen again."""
        await self._accept(
            Incoming(
                bot_id=self.bot.id,
                update_id=update_id,
                chat_id=chat_id,
                message_id=original.message_id,
                user_id=query.from_user.id,
                file_id=original.file_id,
                file_size=original.file_size,
                language=query.from_user.language_code,
                model=model,
                reopens=reopens,
            )
        )

    async def _accept(self, incoming: Incoming) -> None:
        request = await self.journal.accept(incoming)
        if request is None:
            logger.info("update %d was journaled before", incoming.update_id)
            return
        self.lanes.put(request.chat_id, request.id)
        if incoming.reopens is None:
            self.background.spawn(react(self.bot, request.chat_id, request.message_id))

    async def reopen(self, query: CallbackQuery, message: Message, update_id: int, past: Answered) -> None:
        """As ``accept``, for an earlier answer that is to be seen again; it comes in reply to ``message``."""
        original = Original(past.user_id, message.message_id, past.file_id, past.file_size)
        await self.accept_again(query, message.chat.id, update_id, original, past.reading.model, reopens=past.id)

    async def language(self, person: User | None) -> str:
        """The language to answer in: the one that ``person`` chose, else that of their Telegram."""
        if person is None:
            return pick_language(None)
        return pick_language(await self.journal.people.chosen_language(person.id) or person.language_code)

    async def translator(self, person: User | None) -> texts.Gettext:
        """Turns English texts into those of ``person``."""
        return texts.translator(await self.language(person))

    def say(self, message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
        """Send ``text`` to the chat of ``message`` after what was said there before, without waiting for it."""
        chat_id = message.chat.id
        self.background.spawn_in_turn(chat_id, self.bot.send_message(chat_id, text, reply_markup=buttons))

    def send_file(self, message: Message, file: BufferedInputFile, caption: str) -> None:
        """As ``say``, with ``file`` over the words."""
        chat_id = message.chat.id
        self.background.spawn_in_turn(chat_id, self.bot.send_document(chat_id, file, caption=caption))

    def say_instead(self, message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
        """Put ``text`` and ``buttons`` in the place of those of ``message``, which is one of ours."""
        change = self.bot.edit_message_text(
            text, chat_id=message.chat.id, message_id=message.message_id, reply_markup=buttons
        )
        self.background.spawn_in_turn(message.chat.id, change)

    def answer_press(self, query: CallbackQuery, text: str | None = None) -> None:
        """Let the pressed button rest, and show ``text`` over the chat for a moment."""
        self.background.spawn(self.bot.answer_callback_query(query.id, text))

    def take_buttons_away(self, message: Message) -> None:
        """Leave ``message`` of ours without buttons: what they offered is done."""
        self.background.spawn(
            self.bot.edit_message_reply_markup(chat_id=message.chat.id, message_id=message.message_id)
        )


class Acceptance(BaseMiddleware):
    """Around every update: an update that cannot be journaled now is tried again, and not passed over.

    While it waits nothing is polled, so Telegram keeps the updates behind it. A stop of the polling does not cut a
    handler short in the middle of its commit.
    """

    def __init__(self) -> None:
        self._in_hand: set[asyncio.Task[Any]] = set()

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        task = asyncio.ensure_future(_handle(handler, event, data))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        return await asyncio.shield(task)

    async def settle(self, seconds: float) -> None:
        """Wait for the update in hand, at most ``seconds``; Telegram sends it again if that is not enough."""
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _handle(
    handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject, data: dict[str, Any]
) -> Any:
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await handler(event, data)
        except JournalUnavailable as error:
            logger.error("%s; nothing is accepted until it can", error)  # noqa: TRY400
        except Exception:
            logger.exception("an update could not be handled")
            return None
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def sender(message: Message) -> int:
    """Telegram's id of the person, or of the chat where nobody in particular writes."""
    return message.from_user.id if message.from_user else message.chat.id


def language_of(message: Message) -> str | None:
    """The language that the person's Telegram speaks, as an IETF tag."""
    return message.from_user.language_code if message.from_user else None
