"""A button under a refusal has the same picture read by the other model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.conftest import FakeReader, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
UNLIKE = flat_png(blue=255, width=123, height=77)


def shown(telegram: Telegram) -> list[str | None]:
    """What was shown over the chat after each press."""
    return [call["params"].get("text") for call in telegram.calls("answerCallbackQuery")]


async def test_the_same_picture_is_read_by_the_model_on_the_button(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        sent = await telegram.document(UNLIKE)
        refusal = await telegram.answer(sent)
        await telegram.press(refusal, "read:pneumonia")
        await telegram.until(lambda: len(reader.asked) == 2 and len(telegram.sent(10)) == 2)
        await telegram.until(lambda: bool(telegram.calls("editMessageReplyMarkup")))
    assert reader.asked == [None, "pneumonia"]
    assert reader.sizes == [(123, 77), (123, 77)]
    assert telegram.sent(10)[1]["reply_to_message"]["message_id"] == sent["message_id"]
    assert shown(telegram) == [None]
    assert rows("SELECT model_asked, message_id FROM requests") == [
        (None, sent["message_id"]),
        ("pneumonia", sent["message_id"]),
    ]


async def test_a_button_is_for_the_person_who_sent_the_picture(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        refusal = await telegram.answer(await telegram.photo(UNLIKE))
        stranger = {"id": 99, "is_bot": False, "first_name": "S", "language_code": "en"}
        bot = telegram.world.persons_bot()
        query = {
            "id": bot.open_query(bot.chat(10), refusal["message_id"]),
            "from": stranger,
            "message": refusal,
            "chat_instance": "1",
            "data": "read:pneumonia",
        }
        bot.updates.add("callback_query", query)
        await telegram.until(lambda: bool(shown(telegram)))
    assert shown(telegram) == ["This button is for the person who sent the picture."]
    assert reader.asked == [None]


@pytest.mark.parametrize("data", ["read:pneumonia", "read:moles", "something else"])
async def test_a_button_that_leads_nowhere_any_more_says_so(
    telegram: Telegram, serving: Serving, reader: FakeReader, data: str
) -> None:
    async with serving():
        refusal = await telegram.answer(await telegram.photo(UNLIKE))
        bot = telegram.world.persons_bot()
        message = {**refusal, "message_id": 4321} if data == "read:pneumonia" else refusal
        query = {
            "id": bot.open_query(bot.chat(10), refusal["message_id"]),
            "from": bot.chat(10).person.as_user(),
            "message": message,
            "chat_instance": "1",
            "data": data,
        }
        bot.updates.add("callback_query", query)
        await telegram.until(lambda: bool(shown(telegram)))
    (text,) = shown(telegram)
    assert text is not None
    assert ("not installed" if data == "read:moles" else "no longer works") in text
    assert reader.asked == [None]
