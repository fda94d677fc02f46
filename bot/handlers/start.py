"""``/start``: what the bot is, and where a link to it was to lead; and the button that says that this was read."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot import consent_texts, texts
from bot.acceptance import Desk, sender
from bot.buttons import Agree, agreeing
from bot.handlers.commands import on_help
from bot.handlers.groups import say_how_to
from bot.handlers.history import on_history
from bot.handlers.models import on_models
from bot.handlers.personal import on_privacy, own_message

_OPENED = {"help": on_help, "privacy": on_privacy, "models": on_models, "history": on_history}
"""What ``/start`` with one of these words opens."""


def build_router() -> Router:
    """The command and its button."""
    router = Router(name="start")
    command = Command("start", ignore_case=True)
    router.message.register(on_start, command, F.chat.type == ChatType.PRIVATE)
    router.message.register(say_how_to, command)
    router.callback_query.register(on_agree, Agree.filter())
    return router


async def on_start(message: Message, command: CommandObject, desk: Desk) -> None:
    """A link ``t.me/NAME?start=WORD`` comes as ``/start WORD``; a word that means nothing is passed over."""
    word = (command.args or "").strip().casefold()
    if word in _OPENED:
        await _OPENED[word](message, desk)
        return
    _ = await desk.translator(message.from_user)
    if word in desk.models:
        await desk.journal.choose_model(desk.bot.id, message.chat.id, sender(message), word)
        greeting = f"{_(texts.SHORT_GREETING)}\n\n{texts.ready_for(word, _)}"
    else:
        greeting = texts.greeting(desk.models, _)
    if await desk.journal.conversation.agreed(sender(message)):
        desk.say(message, greeting)
    else:
        desk.say(message, f"{greeting}\n\n{_(consent_texts.WITH_GREETING)}", agreeing(_))


async def on_agree(query: CallbackQuery, desk: Desk) -> None:
    """The paragraph that asked gives way to thanks, and what waited for the press is queued."""
    _ = await desk.translator(query.from_user)
    message = own_message(query, desk, _)
    if message is None:
        return
    await desk.journal.conversation.agree(query.from_user.id, query.from_user.language_code)
    waited = await desk.take_up(query.from_user.id)
    desk.answer_press(query)
    before = (message.text or "").rpartition("\n\n")[0]
    thanks = _(consent_texts.THANKS_READING if waited else consent_texts.THANKS)
    desk.say_instead(message, f"{before}\n\n{thanks}".lstrip())
