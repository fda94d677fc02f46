"""The door of a bot for a closed circle: who is not of it is told so, and nothing of theirs goes any further."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.enums import ChatType, ParseMode
from aiogram.types import TelegramObject, Update, User

from bot import operator_texts
from bot.acceptance import Desk
from bot.buttons import Forget

SAID_AGAIN_SECONDS: Final = 60.0
"""An album is many messages, and one word about the door is enough for all of them."""

_OWN_DATA: Final = re.compile(r"/(privacy|export|forget)\b", re.IGNORECASE)


class Admission(BaseMiddleware):
    """Around every update: lets in whom the bot is for. ``allowed`` are those persons beside the admins; none: everyone
    is let in.

    Of a person who is not let in nothing is journaled, and nothing is downloaded. What is kept of who was let in before
    stays theirs: they can see it and have it removed.
    """

    def __init__(self, desk: Desk, allowed: frozenset[int]) -> None:
        self._desk = desk
        self._allowed = allowed | desk.alerts.admins if allowed else allowed
        self._told: dict[int, float] = {}

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        person: User | None = data.get("event_from_user")
        if not self._allowed or (person is not None and person.id in self._allowed) or _is_about_own_data(event):
            return await handler(event, data)
        if person is not None and isinstance(event, Update):
            self._turn_away(event, person)
        return None

    def _turn_away(self, update: Update, person: User) -> None:
        desk, message = self._desk, update.message
        if update.callback_query is not None:
            # Only the presser sees it, so it is said in a group too.
            text = operator_texts.closed(str(person.id), person.language_code)
            desk.background.spawn(desk.bot.answer_callback_query(update.callback_query.id, text, show_alert=True))
        elif message is not None and message.chat.type == ChatType.PRIVATE and self._is_to_be_told(person.id):
            # Telegram copies what is set like this when it is tapped.
            text = operator_texts.closed(f"<code>{person.id}</code>", person.language_code)
            sending = desk.bot.send_message(message.chat.id, text, parse_mode=ParseMode.HTML)
            desk.background.spawn_in_turn(message.chat.id, sending)

    def _is_to_be_told(self, user_id: int) -> bool:
        now = time.monotonic()
        self._told = {known: when for known, when in self._told.items() if now - when < SAID_AGAIN_SECONDS}
        return self._told.setdefault(user_id, now) == now


def _is_about_own_data(event: TelegramObject) -> bool:
    """Whether somebody asks, in private, what is kept of them, or wants it removed."""
    if not isinstance(event, Update):
        return False
    if event.callback_query is not None:
        return (event.callback_query.data or "").startswith(f"{Forget.__prefix__}:")
    message = event.message
    if message is None or message.chat.type != ChatType.PRIVATE or not message.text:
        return False
    return _OWN_DATA.match(message.text) is not None
