"""Pictures, and the commands that say what they are to be read as."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.acceptance import Desk, sender
from bot.answer_texts import NOT_KEPT
from bot.files import file_of
from bot.handlers.meant import Meant, earlier_picture, is_meant_for_us
from bot.texts import MODELS, NOT_INSTALLED, ready_for


def build_router() -> Router:
    """A command for a model first, so that one in a caption is not taken for a plain picture."""
    router = Router(name="pictures")
    router.message.register(on_model, Command(*MODELS, ignore_case=True))
    # An animation comes with a document of its own, which is a video.
    router.message.register(on_picture, F.photo | (F.document & ~F.animation) | F.live_photo.photo)
    return router


async def on_model(message: Message, command: CommandObject, event_update: Update, desk: Desk) -> None:
    """``/pneumonia`` and the like: as a caption, in reply to a picture, or ahead of one."""
    model = command.command.casefold()
    own = file_of(message)
    meant = Meant(own, of_another=False) if own is not None else await earlier_picture(message, desk)
    if meant is not None:
        if meant.file.id:
            await desk.accept(message, event_update.update_id, meant.file, model, of_another=meant.of_another)
        else:
            desk.say(message, (await desk.translator(message.from_user))(NOT_KEPT))
        return
    if model not in desk.models:
        desk.say(message, (await desk.translator(message.from_user))(NOT_INSTALLED))
        return
    await desk.journal.choose_model(desk.bot.id, message.chat.id, sender(message), model)
    desk.say(message, ready_for(model, await desk.translator(message.from_user)))


async def on_picture(message: Message, event_update: Update, desk: Desk) -> None:
    """A picture without a command of its own."""
    file = file_of(message)
    if file is not None and await is_meant_for_us(message, desk):
        await desk.accept(message, event_update.update_id, file, None)
