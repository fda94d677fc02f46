"""The buttons under the bot's messages."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery, Message, Update

from bot import answer_texts, texts
from bot.acceptance import Desk
from bot.buttons import ReadAs, without


def build_router() -> Router:
    """A press is handled like a command: journaled and queued if it asks for a reading."""
    router = Router(name="buttons")
    router.callback_query.register(on_read_as, ReadAs.filter())
    router.callback_query.register(on_unknown)
    return router


async def on_read_as(query: CallbackQuery, callback_data: ReadAs, event_update: Update, desk: Desk) -> None:
    """The picture behind the message with the button is read by the model that the button names."""
    _ = await desk.translator(query.from_user)
    message = query.message
    original = None
    if message is not None:
        original = await desk.journal.original(desk.bot.id, message.chat.id, message.message_id)
    if message is None or original is None:
        desk.answer_press(query, _(texts.BUTTON_TOO_OLD))
    elif original.user_id != query.from_user.id:
        desk.answer_press(query, _(texts.BUTTON_OF_ANOTHER))
    elif not original.file_id:
        desk.answer_press(query, _(answer_texts.NOT_KEPT))
    elif callback_data.model not in desk.models:
        desk.answer_press(query, _(texts.NOT_INSTALLED))
    elif await desk.accept_again(query, message.chat.id, event_update.update_id, original, callback_data.model):
        desk.answer_press(query)
        if isinstance(message, Message):
            desk.change_buttons(message, without(message.reply_markup, query.data) if message.reply_markup else None)


async def on_unknown(query: CallbackQuery, desk: Desk) -> None:
    """A button of an earlier version, or one that was made up."""
    desk.answer_press(query, (await desk.translator(query.from_user))(texts.BUTTON_TOO_OLD))
