"""``/broadcast``: a message of an admin to everyone who uses the bot, shown first, and sent when they say so."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType, ParseMode
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, MessageEntity
from aiogram.utils.text_decorations import html_decoration

from bot import operator_texts, texts
from bot.acceptance import Desk
from bot.broadcasting import Broadcaster, Place
from bot.handlers.operators import from_admin
from bot.handlers.personal import own_message
from bot.operator_buttons import Deed, Spread, deciding
from report.answer import MESSAGE_LIMIT, utf16_length
from report.language import LANGUAGES, pick_language


def build_router() -> Router:
    """The command and its buttons."""
    router = Router(name="broadcast")
    command = Command("broadcast", ignore_case=True)
    router.message.register(on_broadcast, command, F.text, F.chat.type == ChatType.PRIVATE, from_admin)
    router.callback_query.register(on_deed, Spread.filter(), from_admin)
    return router


async def on_broadcast(message: Message, desk: Desk) -> None:
    """The text as it will look, and below it the question whether it is to go out."""
    language = await desk.language(message.from_user)
    _ = texts.translator(language)
    readers, text, entities = _parts(message)
    count = 0
    if text:
        audience = await desk.journal.broadcasts.audience(desk.bot.id)
        count = sum(number for tag, number in audience.items() if readers in (None, pick_language(tag)))
    if not text:
        desk.say(message, _(operator_texts.BROADCAST_HOW))
    elif utf16_length(text) > MESSAGE_LIMIT:
        too_long = _(operator_texts.BROADCAST_TOO_LONG)
        desk.say(message, too_long.format(limit=MESSAGE_LIMIT, length=utf16_length(text)))
    elif not count:
        desk.say(message, _(operator_texts.NO_AUDIENCE))
    else:
        html = html_decoration.unparse(text, entities)
        number = await desk.journal.broadcasts.draft(desk.bot.id, html, readers)
        question = operator_texts.question(count, readers, language)
        preview = _preview(desk, message.chat.id, html, question=question, number=number, language=language)
        desk.background.spawn_in_turn(message.chat.id, preview)


async def on_deed(query: CallbackQuery, callback_data: Spread, desk: Desk, broadcaster: Broadcaster) -> None:
    """Send it, cancel it, or stop it."""
    language = await desk.language(query.from_user)
    _ = texts.translator(language)
    message = own_message(query, desk, _)
    if message is None:
        return
    number, done, said = callback_data.id, False, None
    if callback_data.deed is Deed.SEND:
        done = await broadcaster.begin(number, Place(message.chat.id, message.message_id, language))
    elif callback_data.deed is Deed.STOP:
        done, said = await broadcaster.stop(number), _(operator_texts.STOPPING)
    elif await desk.journal.broadcasts.discard(desk.bot.id, number):
        done = True
        desk.say_instead(message, _(operator_texts.DISCARDED))
    desk.answer_press(query, said if done else _(operator_texts.TOO_LATE))


async def _preview(desk: Desk, chat_id: int, html: str, *, question: str, number: int, language: str) -> None:
    try:
        await desk.bot.send_message(chat_id, html, parse_mode=ParseMode.HTML)
    except TelegramBadRequest:
        await desk.bot.send_message(chat_id, texts.translator(language)(operator_texts.BROADCAST_NOT_TAKEN))
    else:
        await desk.bot.send_message(chat_id, question, reply_markup=deciding(number, language))


def _parts(message: Message) -> tuple[str | None, str, list[MessageEntity]]:
    """The language of those who are to read it, the text behind the command, and the formatting of that text."""
    whole = message.text or ""
    body = _without_word(whole)
    language, readers = body.split(maxsplit=1)[0] if body else "", None
    if language in LANGUAGES:
        readers, body = language, _without_word(body)
    gone = utf16_length(whole) - utf16_length(body)
    entities = []
    for entity in message.entities or ():
        begin, end = max(entity.offset - gone, 0), entity.offset + entity.length - gone
        if end > begin:
            entities.append(entity.model_copy(update={"offset": begin, "length": end - begin}))
    return readers, body.rstrip(), entities


def _without_word(text: str) -> str:
    """``text`` behind its first word."""
    words = text.split(maxsplit=1)
    return words[1] if len(words) > 1 else ""
