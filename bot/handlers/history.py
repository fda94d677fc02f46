"""``/history``: the person's answers, page by page, each to be seen again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update

from bot import personal_texts, texts
from bot.acceptance import Desk, sender
from bot.buttons import Page, Reopen, pages
from bot.handlers.personal import own_message
from journal import Answered

PAGE: Final = 5


def build_router() -> Router:
    """The command and its buttons."""
    router = Router(name="history")
    router.message.register(on_history, Command("history", ignore_case=True))
    router.callback_query.register(on_page, Page.filter())
    router.callback_query.register(on_reopen, Reopen.filter())
    return router


async def on_history(message: Message, desk: Desk) -> None:
    language = await desk.language(message.from_user)
    found = await _found(desk, sender(message), 0)
    if found:
        desk.say(message, *_page(found, 0, language))
    else:
        desk.say(message, texts.translator(language)(personal_texts.NO_HISTORY))


async def on_page(query: CallbackQuery, callback_data: Page, desk: Desk) -> None:
    """Another page in the place of the one that is shown."""
    language = await desk.language(query.from_user)
    _ = texts.translator(language)
    message = own_message(query, desk, _)
    if message is None:
        return
    found = await _found(desk, query.from_user.id, callback_data.number)
    if found:
        desk.answer_press(query)
        desk.say_instead(message, *_page(found, callback_data.number, language))
    else:
        desk.answer_press(query, _(personal_texts.BUTTON_OUTDATED))


async def on_reopen(query: CallbackQuery, callback_data: Reopen, event_update: Update, desk: Desk) -> None:
    """The picture is read again like any other, so that words and overlay are those of then."""
    _ = await desk.translator(query.from_user)
    message = own_message(query, desk, _)
    if message is None:
        return
    past = await desk.journal.people.answered(callback_data.id)
    if past is None or (past.bot_id, past.user_id) != (desk.bot.id, query.from_user.id):
        desk.answer_press(query, _(personal_texts.BUTTON_OUTDATED))
    elif await desk.reopen(query, message, event_update.update_id, past):
        desk.answer_press(query, _(personal_texts.REOPENING))


async def _found(desk: Desk, user_id: int, page: int) -> list[Answered]:
    """The answers of a page, and one more where another page follows."""
    return await desk.journal.people.history(desk.bot.id, user_id, skip=page * PAGE, most=PAGE + 1)


def _page(found: Sequence[Answered], number: int, language: str) -> tuple[str, InlineKeyboardMarkup]:
    shown, first = found[:PAGE], number * PAGE + 1
    _ = texts.translator(language)
    buttons = pages({first + place: past.id for place, past in enumerate(shown)}, number, len(found) > PAGE, _)
    return personal_texts.history(shown, first, language, _), buttons
