"""Gets an answer to the person: the overlay with the words under it, or at least the words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from aiogram import Bot
from aiogram.enums import ChatAction, ParseMode
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message, ReactionTypeEmoji, ReplyParameters

from bot.patience import TelegramUnreachable

logger = logging.getLogger(__name__)

SEEN = "👀"
# Telegram shows an action for five seconds.
ACTION_EVERY_SECONDS = 4.5


class Undeliverable(Exception):
    """Telegram refuses to take the answer: the bot is blocked, the chat is gone, or the bot may not write there."""


class Blocked(Undeliverable):
    """The person has blocked the bot, or it was put out of the chat."""


def to_html(text: str) -> str:
    """``text`` with its first paragraph in bold, everything escaped."""
    heading, gap, rest = text.partition("\n\n")
    return f"<b>{escape(heading)}</b>{gap}{escape(rest)}"


async def deliver(
    bot: Bot,
    chat_id: int,
    reply_to: int,
    text: str,
    *,
    overlay: bytes | None = None,
    document: BufferedInputFile | None = None,
    buttons: InlineKeyboardMarkup | None = None,
) -> int:
    """Sends ``text`` in reply to a message, under ``overlay`` (a JPEG) or ``document`` and over ``buttons`` where there
    are any; the id of what was sent.

    ``text`` fits a caption and is no markup. Raises ``Blocked``, another ``Undeliverable``, or ``TelegramUnreachable``.
    """
    html = to_html(text)
    try:
        try:
            return (await _send(bot, chat_id, reply_to, html, document or overlay, buttons)).message_id
        except TelegramMigrateToChat as error:
            # The group has become a supergroup, where its old messages have other numbers.
            chat_id = error.migrate_to_chat_id
            return (await _send(bot, chat_id, reply_to, html, document or overlay, buttons)).message_id
    except TelegramUnauthorizedError as error:
        raise TelegramUnreachable(type(error).__name__) from error
    except TelegramForbiddenError as error:
        raise Blocked(type(error).__name__) from error
    except TelegramAPIError as error:
        raise Undeliverable(type(error).__name__) from error


async def _send(  # noqa: PLR0917 - Telegram's own
    bot: Bot,
    chat_id: int,
    reply_to: int,
    html: str,
    over: bytes | BufferedInputFile | None,
    buttons: InlineKeyboardMarkup | None,
) -> Message:
    # If the person has deleted the message meanwhile, the answer comes without a reference to it.
    reply = ReplyParameters(message_id=reply_to, allow_sending_without_reply=True)
    if isinstance(over, BufferedInputFile):
        return await bot.send_document(
            chat_id, over, caption=html, parse_mode=ParseMode.HTML, reply_parameters=reply, reply_markup=buttons
        )
    if over is not None:
        try:
            return await bot.send_photo(
                chat_id,
                BufferedInputFile(over, "second-look.jpg"),
                caption=html,
                parse_mode=ParseMode.HTML,
                reply_parameters=reply,
                reply_markup=buttons,
            )
        except (TelegramBadRequest, TelegramEntityTooLarge, TelegramUnreachable) as error:
            logger.warning("the overlay was not taken (%s), the words go alone", type(error).__name__)
    return await bot.send_message(
        chat_id, html, parse_mode=ParseMode.HTML, reply_parameters=reply, reply_markup=buttons
    )


async def react(bot: Bot, chat_id: int, message_id: int) -> None:
    """Shows the person that the picture was seen. Some chats allow no reactions; the answer comes anyway."""
    await bot.set_message_reaction(chat_id, message_id, [ReactionTypeEmoji(emoji=SEEN)])


async def take_reaction_back(bot: Bot, chat_id: int, message_id: int) -> None:
    """Shows the person that the picture will not be read after all."""
    await bot.set_message_reaction(chat_id, message_id, [])


@asynccontextmanager
async def shown_at_work(bot: Bot, chat_id: int, action: ChatAction) -> AsyncIterator[None]:
    """Shows the chat action while the block runs, and never holds the block up.

    aiogram's ChatActionSender waits on leaving for the call in flight, and its task dies with the first error.
    """
    task = asyncio.create_task(_repeat_action(bot, chat_id, action))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat_action(bot: Bot, chat_id: int, action: ChatAction) -> None:
    while True:
        try:
            await bot.send_chat_action(chat_id, action)
        except TelegramAPIError as error:
            logger.debug("chat action not shown: %s", type(error).__name__)
        await asyncio.sleep(ACTION_EVERY_SECONDS)
