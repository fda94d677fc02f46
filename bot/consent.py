"""Tells each person once what the bot is and is not, and asks them to say that they have read it."""

from __future__ import annotations

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import ReplyParameters

from bot import consent_texts, texts
from bot.background import Background
from bot.buttons import agreeing, to_private_chat
from bot.patience import TelegramUnreachable
from journal import Journal, Request

logger = logging.getLogger(__name__)

START_PAYLOAD = "consent"


async def remind(bot: Bot, journal: Journal, request: Request) -> None:
    """After the first outcome in a person's life, if they have not agreed by then: tell them, with the button."""
    if not await journal.conversation.notice_due(request.id):
        return
    _ = texts.translator(request.language)
    try:
        await bot.send_message(request.chat_id, _(consent_texts.NOTICE), reply_markup=agreeing(_))
    except (TelegramAPIError, TelegramUnreachable) as error:
        logger.info("notice not sent: %s", type(error).__name__)


async def ask_first(bot: Bot, journal: Journal, background: Background, request: Request) -> None:
    """Tell that the picture waits until the person agrees, and where they do; of an album once."""
    if await journal.conversation.is_later_part(bot.id, request):
        return
    _ = texts.translator(request.language)
    if request.chat_id == request.user_id:
        text, buttons = consent_texts.WAITING, agreeing(_)
    else:
        link = await private_chat(bot, START_PAYLOAD)
        text, buttons = consent_texts.WAITING_IN_GROUP, to_private_chat(link, _)
    reply = ReplyParameters(message_id=request.message_id, allow_sending_without_reply=True)
    asking = bot.send_message(request.chat_id, _(text), reply_parameters=reply, reply_markup=buttons)
    background.spawn_in_turn(request.chat_id, asking)


async def private_chat(bot: Bot, payload: str = "") -> str:
    """The address of the private chat with ``bot``; a start there is told ``payload``."""
    address = f"https://t.me/{(await bot.me()).username}"
    return f"{address}?start={payload}" if payload else address
