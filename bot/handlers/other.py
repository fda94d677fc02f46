"""Everything that is no picture, in a private chat: a kind word on what can be read."""

from __future__ import annotations

from collections import deque

from aiogram import F, Router
from aiogram.enums import ChatType, ContentType
from aiogram.types import Message

from bot import texts
from bot.acceptance import Desk

# What a person sends. The rest are events of the chat, such as a pinned message, which nobody expects an answer to.
_WORDS = {
    ContentType.TEXT: texts.NOT_WORDS,
    ContentType.VIDEO: texts.NOT_MOVING,
    ContentType.VIDEO_NOTE: texts.NOT_MOVING,
    ContentType.ANIMATION: texts.NOT_MOVING,
    ContentType.LIVE_PHOTO: texts.NOT_MOVING,
    ContentType.VOICE: texts.NOT_SOUND,
    ContentType.AUDIO: texts.NOT_SOUND,
    ContentType.STICKER: texts.NOT_READABLE,
    ContentType.CONTACT: texts.NOT_READABLE,
    ContentType.LOCATION: texts.NOT_READABLE,
    ContentType.VENUE: texts.NOT_READABLE,
    ContentType.POLL: texts.NOT_READABLE,
    ContentType.DICE: texts.NOT_READABLE,
    ContentType.GAME: texts.NOT_READABLE,
    ContentType.CHECKLIST: texts.NOT_READABLE,
    ContentType.STORY: texts.NOT_READABLE,
    ContentType.PAID_MEDIA: texts.NOT_READABLE,
}


ALBUMS_REMEMBERED = 200


def build_router() -> Router:
    """Private chats only: in a group people talk to each other."""
    router = Router(name="other")
    router.message.register(Other().answer, F.content_type.in_(set(_WORDS)), F.chat.type == ChatType.PRIVATE)
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
        desk.say(message, (await desk.translator(message.from_user))(_WORDS[ContentType(message.content_type)]))
