"""Commands that are answered with words."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import Message

from bot import texts
from bot.acceptance import Desk, language_of


def build_router() -> Router:
    """What the bot is, how it is used, and a way out of a command that does not exist."""
    router = Router(name="commands")
    router.message.register(on_start, Command("start", ignore_case=True))
    router.message.register(on_help, Command("help", ignore_case=True))
    router.message.register(on_unknown, F.text.startswith("/"), F.chat.type == ChatType.PRIVATE)
    return router


async def on_start(message: Message, desk: Desk) -> None:
    desk.say(message, texts.greeting(desk.models, texts.translator(language_of(message))))


async def on_help(message: Message, desk: Desk) -> None:
    desk.say(message, texts.instructions(desk.models, texts.translator(language_of(message))))


async def on_unknown(message: Message, desk: Desk) -> None:
    desk.say(message, texts.translator(language_of(message))(texts.UNKNOWN_COMMAND))
