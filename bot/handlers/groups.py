"""Groups: the bot answers when it is asked, and is silent otherwise."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import Chat, Message, Update, User

from bot import group_texts
from bot.acceptance import Desk
from bot.consent import private_chat
from bot.handlers.meant import asks_us, earlier_picture, mentions_us


def build_router() -> Router:
    """Words in a group that are no command: of them only those that are meant for the bot."""
    router = Router(name="groups")
    router.message.register(on_words, F.text, ~F.text.startswith("/"), F.chat.type != ChatType.PRIVATE, asks_us)
    return router


async def on_words(message: Message, event_update: Update, desk: Desk) -> None:
    """The bot's name in reply to a picture has it read; otherwise the person may want to know how."""
    earlier = await earlier_picture(message, desk) if await mentions_us(message, desk) else None
    if earlier is not None and earlier.file.id:
        await desk.accept(message, event_update.update_id, earlier.file, None, of_another=earlier.of_another)
    else:
        await say_how_to(message, desk)


async def say_how_to(message: Message, desk: Desk) -> None:
    """How the bot is used in a group."""
    desk.say(message, await how_to(message.from_user, desk))


async def greet(chat: Chat, inviter: User, desk: Desk) -> None:
    """The first word in a group, in the language of who invited the bot."""
    _ = await desk.translator(inviter)
    desk.say_in(chat.id, f"{_(group_texts.HELLO)} {await how_to(inviter, desk)}")


async def how_to(person: User | None, desk: Desk) -> str:
    """How the bot is used in a group, in the language of ``person``."""
    _ = await desk.translator(person)
    name = f"@{(await desk.bot.me()).username}"
    return _(group_texts.HOW_TO).format(name=name, link=await private_chat(desk.bot))
