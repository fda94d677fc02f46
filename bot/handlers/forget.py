"""``/forget``: everything that is kept of the person is removed, once they say that they are sure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import personal_texts
from bot.acceptance import Desk
from bot.buttons import Forget, forgetting
from bot.handlers.personal import own_message
from bot.profile import set_menu

QUESTION_LASTS: Final = timedelta(minutes=10)
"""A yes that comes later is more likely a slip of the finger."""


def build_router() -> Router:
    """The command and its buttons."""
    router = Router(name="forget")
    router.message.register(on_forget, Command("forget", ignore_case=True))
    router.callback_query.register(on_answer, Forget.filter())
    return router


async def on_forget(message: Message, desk: Desk) -> None:
    _ = await desk.translator(message.from_user)
    desk.say(message, _(personal_texts.FORGET_QUESTION), forgetting(_))


async def on_answer(query: CallbackQuery, callback_data: Forget, desk: Desk) -> None:
    """A picture in work is answered first: to drop it would break the word that what is accepted is answered."""
    _ = await desk.translator(query.from_user)
    message = own_message(query, desk, _)
    if message is None:
        return
    if datetime.now(UTC) - message.date > QUESTION_LASTS:
        desk.answer_press(query, _(personal_texts.BUTTON_OUTDATED))
        desk.take_buttons_away(message)
    elif not callback_data.sure:
        desk.answer_press(query)
        desk.say_instead(message, _(personal_texts.NOT_FORGOTTEN))
    elif not await _forget(query.from_user.id, desk):
        desk.answer_press(query, _(personal_texts.FORGET_LATER))
    else:
        desk.answer_press(query)
        desk.say_instead(message, _(personal_texts.FORGOTTEN))
        desk.background.spawn(
            set_menu(desk.bot, desk.models, message.chat.id, None, is_admin=desk.is_admin(query.from_user))
        )


async def _forget(user_id: int, desk: Desk) -> bool:
    # Pictures that wait for a word that the person does not mean to give would keep them from ever being forgotten.
    return await desk.journal.people.forget(desk.bot.id, user_id, even_owed=await desk.holds(user_id))
