"""``/language``: in which language the person is answered."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import personal_texts, texts
from bot.acceptance import Desk
from bot.buttons import AS_IN_TELEGRAM, Speak, languages
from bot.handlers.personal import own_message
from bot.profile import set_menu
from report.language import LANGUAGES


def build_router() -> Router:
    """The command and its buttons."""
    router = Router(name="language")
    router.message.register(on_language, Command("language", ignore_case=True))
    router.callback_query.register(on_speak, Speak.filter())
    return router


async def on_language(message: Message, desk: Desk) -> None:
    _ = await desk.translator(message.from_user)
    desk.say(message, _(personal_texts.LANGUAGE_QUESTION), languages(_))


async def on_speak(query: CallbackQuery, callback_data: Speak, desk: Desk) -> None:
    """The choice counts at once: for what is said here, for the menu of commands, and for pictures still in work."""
    _ = await desk.translator(query.from_user)
    message = own_message(query, desk, _)
    if message is None:
        return
    if callback_data.language not in (*LANGUAGES, AS_IN_TELEGRAM):
        desk.answer_press(query, _(personal_texts.BUTTON_OUTDATED))
        return
    chosen = None if callback_data.language == AS_IN_TELEGRAM else callback_data.language
    await desk.journal.people.choose_language(query.from_user.id, chosen)
    _ = texts.translator(chosen or query.from_user.language_code)
    said = _(personal_texts.LANGUAGE_CHOSEN if chosen else personal_texts.LANGUAGE_OF_TELEGRAM)
    desk.answer_press(query, said)
    desk.say_instead(message, said, languages(_))
    desk.background.spawn(
        set_menu(desk.bot, desk.models, message.chat.id, chosen, is_admin=desk.is_admin(query.from_user))
    )
