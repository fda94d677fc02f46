"""The way in: a picture is journaled and queued, and nothing else happens before Telegram may forget its update."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
    TelegramObject,
    User,
)

from bot import metrics, texts
from bot.alerts import JOURNAL_UNAVAILABLE, Alerts
from bot.background import Background
from bot.consent import ask_first
from bot.delivery import react
from bot.files import SentFile
from bot.lanes import Lanes
from bot.rate_limit import RateLimiter
from bot.waiting_texts import too_many
from journal import Answered, Incoming, Journal, JournalUnavailable, Original, Request, Wants
from models import ModelCard
from report.language import pick_language

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0


@dataclass(frozen=True)
class Desk:
    """Where handlers hand in what they were sent. ``models`` are those that a person may ask for here, ``cards`` are
    theirs; ``settled`` is called with a request that was taken back; with ``consent_required`` pictures wait until the
    person has agreed; what is kept is kept for ``keep_days``, or as long as the person likes (0)."""

    bot: Bot
    journal: Journal
    lanes: Lanes
    background: Background
    models: tuple[str, ...]
    limiter: RateLimiter
    settled: Callable[[Request], None]
    alerts: Alerts
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    consent_required: bool = False
    keep_days: int = 0

    async def accept(
        self, message: Message, update_id: int, file: SentFile, model: str | None, *, of_another: bool = False
    ) -> None:
        """Journal a picture (committed), queue it, and show that it was seen. A second copy of an update is dropped;
        one picture too many of a person's is refused in words."""
        incoming = Incoming(
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
            of_another=of_another,
        )
        refused = await self._accept(incoming)
        if refused is not None and self.limiter.is_to_be_told(incoming):
            reply = ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True)
            told = self.bot.send_message(message.chat.id, refused, reply_parameters=reply)
            self.background.spawn_in_turn(message.chat.id, told)

    async def accept_again(
        self,
        query: CallbackQuery,
        chat_id: int,
        update_id: int,
        original: Original,
        model: str,
        *,
        reopens: int | None = None,
    ) -> bool:
        """As ``accept``, for a picture that was answered before, when a button below its answer is pressed; ``reopens``
        is the request whose answer is to be seen again. False: it was one too many, and the person is told so."""
        refused = await self._accept(
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
                album=original.album,
                reopens=reopens,
            )
        )
        if refused is not None:
            self.answer_press(query, refused)
        return refused is None

    async def _accept(self, incoming: Incoming) -> str | None:
        """Why it was not accepted; None: it was, now or before."""
        again_in = await self.limiter.refuse(incoming)
        if again_in is not None and self.limiter.limit is not None:
            logger.info("one too many for its sender")
            metrics.count_too_many(incoming.model)
            chosen = await self.journal.people.chosen_language(incoming.user_id)
            return too_many(self.limiter.limit, again_in, chosen or incoming.language)
        request = await self.journal.accept(incoming)
        if request is None:
            logger.info("update %d was journaled before", incoming.update_id)
            return None
        if await self.holds(request.user_id):
            await ask_first(self.bot, self.journal, self.background, request)
            return None
        self.lanes.put(request.user_id, request.id)
        if incoming.reopens is None:
            self.background.spawn(react(self.bot, request.chat_id, request.message_id))
        return None

    async def holds(self, user_id: int) -> bool:
        """Whether pictures of the person wait until they agree."""
        return self.consent_required and not await self.journal.conversation.agreed(user_id)

    async def take_up(self, user_id: int | None = None) -> bool:
        """Queue what was accepted and has no answer yet, of one person or of everybody, but for what is still to wait.
        False: there was nothing. Called for one person where theirs waited."""
        if user_id is not None and not self.consent_required:
            return False
        pending = [r for r in await self.journal.pending(self.bot.id) if user_id in (None, r.user_id)]
        holding = {person: await self.holds(person) for person in {request.user_id for request in pending}}
        queued = [request for request in pending if not holding[request.user_id]]
        for request in queued:
            self.lanes.put(request.user_id, request.id)
        return bool(queued)

    async def reopen(self, query: CallbackQuery, message: Message, update_id: int, past: Answered) -> bool:
        """As ``accept``, for an earlier answer that is to be seen again; it comes in reply to ``message``."""
        original = Original(past.user_id, message.message_id, past.file_id, past.file_size)
        model = past.reading.model
        return await self.accept_again(query, message.chat.id, update_id, original, model, reopens=past.id)

    async def report(
        self, message: Message, user_id: int, person: User | None, update_id: int, past: Answered
    ) -> str | None:
        """As ``accept``, for the report of an earlier answer; it comes in reply to ``message``. What to say where it
        was one too many."""
        return await self._accept(
            Incoming(
                bot_id=self.bot.id,
                update_id=update_id,
                chat_id=message.chat.id,
                message_id=message.message_id,
                user_id=user_id,
                file_id=past.file_id,
                file_size=past.file_size,
                language=person.language_code if person else None,
                model=past.reading.model,
                reopens=past.id,
                wants=Wants.REPORT,
            )
        )

    async def language(self, person: User | None) -> str:
        """The language to answer in: the one that ``person`` chose, else that of their Telegram."""
        if person is None:
            return pick_language(None)
        return pick_language(await self.journal.people.chosen_language(person.id) or person.language_code)

    async def translator(self, person: User | None) -> texts.Gettext:
        """Turns English texts into those of ``person``."""
        return texts.translator(await self.language(person))

    def is_admin(self, person: User | None) -> bool:
        """Whether ``person`` is one of those who run the bot."""
        return person is not None and person.id in self.alerts.admins

    def say(self, message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
        """Send ``text`` to the chat of ``message`` after what was said there before, without waiting for it."""
        self.say_in(message.chat.id, text, buttons)

    def say_in(self, chat_id: int, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
        """As ``say``, in the chat ``chat_id``."""
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
        self.change_buttons(message, None)

    def change_buttons(self, message: Message, buttons: InlineKeyboardMarkup | None) -> None:
        """Put ``buttons`` in the place of those of ``message``, which is one of ours."""
        change = self.bot.edit_message_reply_markup(
            chat_id=message.chat.id, message_id=message.message_id, reply_markup=buttons
        )
        self.background.spawn_in_turn(message.chat.id, change)


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
            logger.error("%s; nothing is accepted until it can", error, extra={"alert": JOURNAL_UNAVAILABLE})  # noqa: TRY400
        except MemoryError:
            # Another's picture may be done with in a moment; to pass this update over would be to lose it.
            logger.error("no memory to handle an update; it is tried again", extra={"alert": "no_memory"})  # noqa: TRY400
        except Exception:
            logger.exception("an update could not be handled", extra={"alert": "update_failed"})
            return None
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def sender(message: Message) -> int:
    """Telegram's id of the person, or of the chat where nobody in particular writes."""
    return message.from_user.id if message.from_user else message.chat.id


def language_of(message: Message) -> str | None:
    """The language that the person's Telegram speaks, as an IETF tag."""
    return message.from_user.language_code if message.from_user else None
