"""Commands that are answered with words."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import Message

from bot import texts
from bot.acceptance import Desk


def build_router() -> Router:
    """How the bot is used, and a way out of a command that does not exist."""
    router = Router(name="commands")
    router.message.register(on_help, Command("help", ignore_case=True))
    router.message.register(on_unknown, F.text.startswith("/"), F.chat.type == ChatType.PRIVATE)
    return router


async def on_help(message: Message, desk: Desk) -> None:
    desk.say(message, texts.instructions(desk.models, await desk.translator(message.from_user)))


async def on_unknown(message: Message, desk: Desk) -> None:
    desk.say(message, (await desk.translator(message.from_user))(texts.UNKNOWN_COMMAND))
