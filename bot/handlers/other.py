"""Everything that is no picture, in a private chat: a kind word on what can be read."""

from __future__ import annotations

from collections import deque

from aiogram import F, Router
from aiogram.enums import ChatType, ContentType
from aiogram.types import Message

from bot.acceptance import Desk
from bot.other_texts import WORDS

ALBUMS_REMEMBERED = 200


def build_router() -> Router:
    """Private chats only: in a group people talk to each other."""
    router = Router(name="other")
    router.message.register(Other().answer, F.content_type.in_(set(WORDS)), F.chat.type == ChatType.PRIVATE)
    return router


class Other:
    """Answers once for all the parts of an album, which come as messages of their own."""

    def __init__(self) -> None:
        self._albums: deque[str] = deque(maxlen=ALBUMS_REMEMBERED)

    async def answer(self, message: Message, desk: Desk) -> None:
        album = message.media_group_id
        if album is not None:
            if album in self._albums:
                return
            self._albums.append(album)
        desk.say(message, (await desk.translator(message.from_user))(WORDS[ContentType(message.content_type)]))
