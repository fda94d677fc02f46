"""Whatever is no picture gets a kind word of its own kind, in the person's language, and is not downloaded."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.enums import ContentType

from bot import other_texts
from bot.texts import translator
from tests.bot.conftest import FakeReader, Serving, Telegram

FILE = {"file_id": "x", "file_unique_id": "x"}
MEDIA = {**FILE, "duration": 1}
SIZE = {"width": 1, "height": 1}
CHAT = {"id": 5, "type": "private", "first_name": "S"}
CONTENT: dict[ContentType, dict[str, Any]] = {
    ContentType.TEXT: {"text": "is it bad?"},
    ContentType.VIDEO: {"video": {**MEDIA, **SIZE}},
    ContentType.VIDEO_NOTE: {"video_note": {**MEDIA, "length": 1}},
    ContentType.ANIMATION: {"animation": {**MEDIA, **SIZE}, "document": FILE},
    ContentType.VOICE: {"voice": MEDIA},
    ContentType.AUDIO: {"audio": MEDIA},
    ContentType.STICKER: {
        "sticker": {**FILE, **SIZE, "type": "regular", "is_animated": False, "is_video": False},
    },
    ContentType.CONTACT: {"contact": {"phone_number": "1", "first_name": "S"}},
    ContentType.LOCATION: {"location": {"latitude": 1.0, "longitude": 1.0}},
    ContentType.VENUE: {
        "venue": {"location": {"latitude": 1.0, "longitude": 1.0}, "title": "S", "address": "S"},
        "location": {"latitude": 1.0, "longitude": 1.0},
    },
    ContentType.POLL: {
        "poll": {
            "id": "1",
            "question": "?",
            "options": [],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    },
    ContentType.DICE: {"dice": {"emoji": "🎲", "value": 1}},
    ContentType.GAME: {"game": {"title": "S", "description": "S", "photo": []}},
    ContentType.CHECKLIST: {"checklist": {"title": "S", "tasks": []}},
    ContentType.STORY: {"story": {"id": 1, "chat": CHAT}},
    ContentType.PAID_MEDIA: {"paid_media": {"star_count": 1, "paid_media": []}},
}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("kind", CONTENT)
async def test_each_kind_gets_its_own_word(
    telegram: Telegram, serving: Serving, reader: FakeReader, kind: ContentType, language: str
) -> None:
    person = {"id": 10, "is_bot": False, "first_name": "P", "language_code": language}
    async with serving():
        telegram.deliver(**CONTENT[kind], **{"from": person})
        (sent,) = await telegram.answers(1)
    assert sent["text"] == translator(language)(other_texts.WORDS[kind])
    assert "/help" in sent["text"]
    assert telegram.calls("getFile") == []
    assert reader.asked == []


def test_no_two_kinds_that_differ_share_their_word() -> None:
    same = {ContentType.VIDEO, ContentType.LIVE_PHOTO}, {ContentType.LOCATION, ContentType.VENUE}
    assert len(set(other_texts.WORDS.values())) == len(other_texts.WORDS) - len(same)
    assert set(CONTENT) == set(other_texts.WORDS) - {ContentType.LIVE_PHOTO}


@pytest.mark.parametrize("kind", CONTENT)
async def test_in_a_group_none_of_them_is_answered(
    telegram: Telegram, serving: Serving, reader: FakeReader, kind: ContentType
) -> None:
    async with serving():
        telegram.deliver(chat=-100, **CONTENT[kind], **{"from": {"id": 10, "is_bot": False, "first_name": "P"}})
        await telegram.text("/help", chat=-100)
        assert len(await telegram.answers(1, chat=-100)) == 1
    assert len(telegram.sent(-100)) == 1
