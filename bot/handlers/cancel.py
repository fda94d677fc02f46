"""``/cancel``: what still waits is taken back."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.acceptance import Desk, sender
from bot.delivery import take_reaction_back
from bot.handlers.feedback import stop_waiting_for_letter
from bot.waiting_texts import cancelled


def build_router() -> Router:
    """The command, in groups too: there as well it concerns only who writes it."""
    router = Router(name="cancel")
    router.message.register(on_cancel, Command("cancel", ignore_case=True))
    return router


async def on_cancel(message: Message, desk: Desk) -> None:
    """A picture in work is finished and answered."""
    person = sender(message)
    taken_back = await desk.journal.waiting.cancel(desk.bot.id, message.chat.id, person, desk.lanes.in_hand)
    desk.lanes.withdraw(person, [request.id for request in taken_back.requests])
    for request in taken_back.requests:
        desk.settled(request)
        desk.background.spawn(take_reaction_back(desk.bot, request.chat_id, request.message_id))
    letter = await stop_waiting_for_letter(message, desk)
    language = await desk.language(message.from_user)
    desk.say(message, cancelled(len(taken_back.requests), taken_back.model, letter, taken_back.in_work, language))
