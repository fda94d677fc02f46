"""What the bot says to everything that is no picture: to each kind in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiogram.enums import ContentType

from bot.texts import NOT_WORDS
from report.language import mark

NOT_MOVING: Final = mark(
    "🎬 I cannot watch videos. Please take a photo instead, or a screenshot where the video is sharp. More: /help"
)
NOT_ROUND: Final = mark(
    "🎬 I cannot watch video messages. Please take a photo of the spot with the camera and send me that. More: /help"
)
NOT_ANIMATED: Final = mark(
    "🎞 An animation is many pictures, and I read a single one. Please send it as a photo. More: /help"
)
NOT_SPOKEN: Final = mark(
    "🎙 I cannot listen to voice messages, and I could not say much about symptoms: I read pictures. "
    "Please send me a photo of the skin or a chest X-ray. More: /help"
)
NOT_MUSIC: Final = mark(
    "🎵 I cannot listen to recordings. Please send me a photo of the skin or a chest X-ray. More: /help"
)
NOT_STICKERS: Final = mark("🙂 A nice sticker, but I read only photos of the skin and chest X-rays. More: /help")
NOT_CONTACTS: Final = mark(
    "👤 I have no use for contacts, and I have not kept this one. I read photos of the skin and chest X-rays. "
    "More: /help"
)
NOT_PLACES: Final = mark(
    "📍 I have no use for places, and I have not kept this one. If you need a doctor nearby, a map will know more. "
    "I read photos of the skin and chest X-rays: /help"
)
NOT_POLLS: Final = mark("🗳 I cannot take part in polls. I read photos of the skin and chest X-rays. More: /help")
NOT_DICE: Final = mark("🎲 A lucky throw, I hope. I read photos of the skin and chest X-rays. More: /help")
NOT_GAMES: Final = mark("🎮 I play no games. I read photos of the skin and chest X-rays. More: /help")
NOT_LISTS: Final = mark("📋 I cannot work through lists. I read photos of the skin and chest X-rays. More: /help")
NOT_STORIES: Final = mark(
    "📖 I cannot open stories. Please send me the picture itself, as a photo or as a file. More: /help"
)
NOT_PAID: Final = mark(
    "🔒 I cannot see media that has to be paid for. Please send me the picture itself, as a photo or as a file. "
    "More: /help"
)

# What a person sends. The rest are events of the chat, such as a pinned message, which nobody expects an answer to.
WORDS: Final[Mapping[ContentType, str]] = MappingProxyType(
    {
        ContentType.TEXT: NOT_WORDS,
        ContentType.VIDEO: NOT_MOVING,
        ContentType.LIVE_PHOTO: NOT_MOVING,
        ContentType.VIDEO_NOTE: NOT_ROUND,
        ContentType.ANIMATION: NOT_ANIMATED,
        ContentType.VOICE: NOT_SPOKEN,
        ContentType.AUDIO: NOT_MUSIC,
        ContentType.STICKER: NOT_STICKERS,
        ContentType.CONTACT: NOT_CONTACTS,
        ContentType.LOCATION: NOT_PLACES,
        ContentType.VENUE: NOT_PLACES,
        ContentType.POLL: NOT_POLLS,
        ContentType.DICE: NOT_DICE,
        ContentType.GAME: NOT_GAMES,
        ContentType.CHECKLIST: NOT_LISTS,
        ContentType.STORY: NOT_STORIES,
        ContentType.PAID_MEDIA: NOT_PAID,
    }
)
