"""Captions that are changed after the picture was sent: the person has thought better of the model."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.acceptance import Desk
from bot.files import file_of
from bot.texts import MODELS


def build_router() -> Router:
    """Only a picture's caption with a command for a model: any other edit is passed over without a word."""
    router = Router(name="edited")
    commands = Command(*MODELS, ignore_case=True)
    router.edited_message.register(on_edited, commands, F.photo | F.document | F.live_photo.photo)
    return router


async def on_edited(message: Message, command: CommandObject, event_update: Update, desk: Desk) -> None:
    """A picture that waits is read by the model that is named now; one that has its answer is read again."""
    model, file = command.command.casefold(), file_of(message)
    if file is not None and await desk.journal.waiting.change_model(
        desk.bot.id, message.chat.id, message.message_id, model, desk.lanes.in_hand
    ):
        await desk.accept(message, event_update.update_id, file, model)
