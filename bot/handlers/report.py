"""``/report`` and the button below an answer: the answer as a page to print."""

from __future__ import annotations

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot import report_texts, texts
from bot.acceptance import Desk, sender
from bot.buttons import Report
from bot.personal_texts import BUTTON_NOT_YOURS
from journal import Answered, Reported


def build_router() -> Router:
    """The command, for private chats (``personal`` is asked first), and its button."""
    router = Router(name="report")
    router.message.register(on_report, Command("report", ignore_case=True))
    router.callback_query.register(on_button, Report.filter())
    return router


async def on_report(message: Message, event_update: Update, desk: Desk) -> None:
    """In reply to an answer or to its picture; without a reply the last answer is meant."""
    _ = await desk.translator(message.from_user)
    replied = message.reply_to_message
    if replied is not None:
        found = await desk.journal.reports.behind(desk.bot.id, message.chat.id, replied.message_id)
    else:
        found = await desk.journal.reports.last(desk.bot.id, sender(message))
    if found is None:
        desk.say(message, _(report_texts.NO_ANSWER if replied is None else report_texts.NOT_AN_ANSWER))
        return
    past, why_not = await _reportable(found, sender(message), desk)
    if past is None:
        desk.say(message, _(why_not))
    else:
        refused = await desk.report(message, sender(message), message.from_user, event_update.update_id, past)
        if refused is not None:
            desk.say(message, refused)


async def on_button(query: CallbackQuery, callback_data: Report, event_update: Update, desk: Desk) -> None:
    """The button names the request, as the message below which it stands may show an answer again."""
    _ = await desk.translator(query.from_user)
    message = query.message
    found = await desk.journal.reports.of(desk.bot.id, callback_data.id)
    if found is None or not isinstance(message, Message):
        desk.answer_press(query, _(texts.BUTTON_TOO_OLD))
    elif found.user_id != query.from_user.id:
        desk.answer_press(query, _(BUTTON_NOT_YOURS))
    elif message.chat.type != ChatType.PRIVATE:
        desk.answer_press(query, _(report_texts.IN_PRIVATE))
    else:
        past, said = await _reportable(found, query.from_user.id, desk)
        refused = None
        if past is not None:
            refused = await desk.report(message, query.from_user.id, query.from_user, event_update.update_id, past)
        desk.answer_press(query, refused or _(said))


async def _reportable(found: Reported, user_id: int, desk: Desk) -> tuple[Answered | None, str]:
    """The answer that the person may have a report of, if so, and what to say, an English text."""
    if found.user_id != user_id or found.of_another:
        return None, report_texts.OF_ANOTHER
    if found.pending:
        return None, report_texts.STILL_READING
    if found.answered is None:
        return None, report_texts.NO_READING
    if await desk.journal.reports.on_its_way(found.answered.id):
        return None, report_texts.ON_ITS_WAY
    return found.answered, report_texts.MAKING
