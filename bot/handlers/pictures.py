"""Pictures, and the commands that say what they are to be read as."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.acceptance import Desk, sender
from bot.files import SentFile, file_of
from bot.texts import MODELS, NOT_INSTALLED, ready_for


def build_router() -> Router:
    """A command for a model first, so that one in a caption is not taken for a plain picture."""
    router = Router(name="pictures")
    router.message.register(on_model, Command(*MODELS, ignore_case=True))
    router.message.register(on_picture, F.photo | F.document | F.live_photo.photo)
    return router


async def on_model(message: Message, command: CommandObject, event_update: Update, desk: Desk) -> None:
    """``/pneumonia`` and the like: as a caption, in reply to a picture, or ahead of one."""
    model = command.command.casefold()
    file = file_of(message) or await _earlier_picture(message, desk)
    if file is not None:
        await desk.accept(message, event_update.update_id, file, model)
        return
    if model not in desk.models:
        desk.say(message, (await desk.translator(message.from_user))(NOT_INSTALLED))
        return
    await desk.journal.choose_model(desk.bot.id, message.chat.id, sender(message), model)
    desk.say(message, ready_for(model, await desk.translator(message.from_user)))


async def on_picture(message: Message, event_update: Update, desk: Desk) -> None:
    """A picture without a command of its own."""
    file = file_of(message)
    if file is not None and await _is_meant_for_us(message, desk):
        await desk.accept(message, event_update.update_id, file, None)


async def _earlier_picture(message: Message, desk: Desk) -> SentFile | None:
    """The picture that ``message`` replies to; for an answer of ours the one that was answered, not our overlay."""
    replied = message.reply_to_message
    if replied is None:
        return file_of(message.external_reply) if message.external_reply else None
    if replied.from_user is not None and replied.from_user.id == desk.bot.id:
        original = await desk.journal.original(desk.bot.id, message.chat.id, replied.message_id)
        return None if original is None else SentFile(original.file_id, original.file_size)
    return file_of(replied)


async def _is_meant_for_us(message: Message, desk: Desk) -> bool:
    """In a group people also show pictures to each other: there one counts after a command or in reply to the bot."""
    if message.chat.type == ChatType.PRIVATE:
        return True
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == desk.bot.id:
        return True
    return await desk.journal.chosen_model(desk.bot.id, message.chat.id, sender(message)) is not None
