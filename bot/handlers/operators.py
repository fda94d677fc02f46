"""For those who run the bot, in their private chats; for anyone else these commands do not exist."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InputMediaPhoto, Message

from bot import operator_texts
from bot.acceptance import Desk
from bot.operator_buttons import ShowFigures, periods
from bot.operator_texts import Period
from bot.profile import set_menu
from journal import Figures


def build_router() -> Router:
    """``/stats`` and its buttons, and the menu of an admin who starts the bot."""
    router = Router(name="operators")
    router.message.register(on_start, Command("start", ignore_case=True), F.chat.type == ChatType.PRIVATE, from_admin)
    router.message.register(on_stats, Command("stats", ignore_case=True), F.chat.type == ChatType.PRIVATE, from_admin)
    router.callback_query.register(on_period, ShowFigures.filter(), from_admin)
    return router


async def from_admin(event: Message | CallbackQuery, desk: Desk) -> bool:
    """Whether the message, or the press of a button, is from one of those who run the bot."""
    return desk.is_admin(event.from_user)


async def on_start(message: Message, desk: Desk) -> None:
    """Before an admin's first word Telegram let nobody set the menu of this chat."""
    chosen = await desk.journal.people.chosen_language(message.chat.id)
    desk.background.spawn(set_menu(desk.bot, desk.models, message.chat.id, chosen, is_admin=True))
    raise SkipHandler  # the greeting is the same as for everyone


async def on_stats(message: Message, desk: Desk) -> None:
    language, period = await desk.language(message.from_user), Period.DAY
    figures = await _figures(desk, period)
    desk.background.spawn_in_turn(message.chat.id, _send(desk, message.chat.id, figures, period, language))


async def on_period(query: CallbackQuery, callback_data: ShowFigures, desk: Desk) -> None:
    """Another chart in the place of the one that is shown."""
    language, period = await desk.language(query.from_user), callback_data.period
    desk.answer_press(query)
    if isinstance(query.message, Message):
        figures = await _figures(desk, period)
        desk.background.spawn_in_turn(query.message.chat.id, _replace(desk, query.message, figures, period, language))


async def _figures(desk: Desk, period: Period) -> Figures:
    return await desk.journal.statistics.figures(desk.bot.id, period.step, period.spans)


async def _send(desk: Desk, chat_id: int, figures: Figures, period: Period, language: str) -> None:
    chart = await _chart(figures, period, language)
    caption = operator_texts.caption(figures, period, datetime.now(UTC), language)
    await desk.bot.send_photo(chat_id, chart, caption=caption, reply_markup=periods(period, language))


async def _replace(desk: Desk, message: Message, figures: Figures, period: Period, language: str) -> None:
    chart = await _chart(figures, period, language)
    caption = operator_texts.caption(figures, period, datetime.now(UTC), language)
    await desk.bot.edit_message_media(
        InputMediaPhoto(media=chart, caption=caption),
        chat_id=message.chat.id,
        message_id=message.message_id,
        reply_markup=periods(period, language),
    )


async def _chart(figures: Figures, period: Period, language: str) -> BufferedInputFile:
    from bot.chart import draw  # noqa: PLC0415 - with it comes matplotlib

    return BufferedInputFile(await asyncio.to_thread(draw, figures, period, language), "figures.png")
