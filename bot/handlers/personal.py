"""Personal commands: for a private chat only, with buttons for one person only. Those without buttons are here."""

from __future__ import annotations

import json

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot import personal_texts
from bot.acceptance import Desk, sender
from bot.consent import private_chat
from bot.texts import Gettext


def build_router() -> Router:
    """The first to be asked for any of these commands, so that none is carried out in a group."""
    router = Router(name="personal")
    commands = Command(*personal_texts.COMMANDS, *personal_texts.LETTERS, ignore_case=True)
    router.message.register(on_elsewhere, commands, F.chat.type != ChatType.PRIVATE)
    router.message.register(on_privacy, Command("privacy", ignore_case=True))
    router.message.register(on_export, Command("export", ignore_case=True))
    return router


async def on_elsewhere(message: Message, command: CommandObject, desk: Desk) -> None:
    """Others read along here, so the person is sent to the private chat."""
    _ = await desk.translator(message.from_user)
    link = await private_chat(desk.bot)
    desk.say(message, _(personal_texts.ELSEWHERE).format(command=command.command.casefold(), link=link))


async def on_privacy(message: Message, desk: Desk) -> None:
    desk.say(message, personal_texts.privacy(await desk.language(message.from_user), desk.keep_days))


async def on_export(message: Message, desk: Desk) -> None:
    """The journal's rows of the person, and of nobody else, as they are."""
    _ = await desk.translator(message.from_user)
    kept = await desk.journal.people.everything(sender(message))
    if kept:
        data = json.dumps(kept, ensure_ascii=False, indent=2).encode()
        desk.send_file(message, BufferedInputFile(data, "second-look.json"), _(personal_texts.EXPORT))
    else:
        desk.say(message, _(personal_texts.NOTHING_KEPT))


def own_message(query: CallbackQuery, desk: Desk, _: Gettext) -> Message | None:
    """The message with the pressed button, in the presser's own private chat; None: they were told why it does not
    count."""
    message = query.message
    if message is not None and message.chat.id != query.from_user.id:
        desk.answer_press(query, _(personal_texts.BUTTON_NOT_YOURS))
    elif not isinstance(message, Message):
        desk.answer_press(query, _(personal_texts.BUTTON_OUTDATED))
    else:
        return message
    return None
