"""``/feedback``: a letter to those who run the bot, and what a doctor said of an answer."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot import answer_texts, letter_texts, texts
from bot.acceptance import Desk, language_of, sender
from bot.buttons import Judge, with_judgement
from journal import Feedback


def build_router() -> Router:
    """The command, the words that follow it, and the thumbs below an answer."""
    router = Router(name="feedback")
    router.message.register(on_feedback, Command("feedback", ignore_case=True))
    router.message.register(
        on_letter, F.text, ~F.text.startswith("/"), F.chat.type == ChatType.PRIVATE, _letter_is_awaited
    )
    router.callback_query.register(on_judge, Judge.filter())
    return router


async def _letter_is_awaited(message: Message, desk: Desk) -> bool:
    return await desk.journal.conversation.awaits_letter(desk.bot.id, sender(message))


async def on_feedback(message: Message, command: CommandObject, desk: Desk) -> None:
    """The words behind the command, or else those of the next message."""
    if command.args:
        await _take(message, command.args, desk)
        return
    _ = await desk.translator(message.from_user)
    await desk.journal.conversation.await_letter(desk.bot.id, sender(message))
    desk.say(message, _(letter_texts.QUESTION))


async def on_letter(message: Message, desk: Desk) -> None:
    """Words that were asked for."""
    await _take(message, message.text or "", desk)


async def _take(message: Message, words: str, desk: Desk) -> None:
    _ = await desk.translator(message.from_user)
    if len(words) > letter_texts.LONGEST:
        desk.say(message, _(letter_texts.TOO_LONG))
        return
    await desk.journal.conversation.write(desk.bot.id, sender(message), language_of(message), words)
    desk.alerts.letter(words)
    desk.say(message, _(letter_texts.SENT))


async def stop_waiting_for_letter(message: Message, desk: Desk) -> bool:
    """The person's next words are words again. False: no letter was awaited."""
    return await desk.journal.conversation.stop_awaiting_letter(desk.bot.id, sender(message))


async def on_judge(query: CallbackQuery, callback_data: Judge, desk: Desk) -> None:
    """What is pressed counts, until the other is pressed."""
    _ = await desk.translator(query.from_user)
    past = await desk.journal.people.answered(callback_data.id)
    if past is None or past.bot_id != desk.bot.id:
        desk.answer_press(query, _(texts.BUTTON_TOO_OLD))
        return
    if past.user_id != query.from_user.id:
        desk.answer_press(query, _(texts.BUTTON_OF_ANOTHER))
        return
    said = Feedback.CONFIRMED if callback_data.confirmed else Feedback.NOT_CONFIRMED
    await desk.journal.conversation.judge(past.id, said)
    desk.answer_press(query, _(answer_texts.THANKS[said]))
    message = query.message
    if isinstance(message, Message) and message.reply_markup is not None:
        changed = with_judgement(message.reply_markup, said, _)
        if changed.model_dump() != message.reply_markup.model_dump():
            desk.change_buttons(message, changed)
