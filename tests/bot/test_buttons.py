"""A button under a refusal has the same picture read by the other model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.conftest import FakeReader, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
UNLIKE = flat_png(blue=255, width=123, height=77)


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
    assert telegram.shown() == [None]
    assert rows("SELECT model_asked, message_id FROM requests") == [
        (None, sent["message_id"]),
        ("pneumonia", sent["message_id"]),
    ]


async def test_a_button_is_for_the_person_who_sent_the_picture(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        refusal = await telegram.answer(await telegram.photo(UNLIKE))
        telegram.pressed_by(99, refusal, "read:pneumonia")
        await telegram.until(lambda: bool(telegram.shown()))
    assert telegram.shown() == ["This button is for the person who sent the picture."]
    assert reader.asked == [None]


@pytest.mark.parametrize("data", ["read:pneumonia", "read:moles", "something else"])
async def test_a_button_that_leads_nowhere_any_more_says_so(
    telegram: Telegram, serving: Serving, reader: FakeReader, data: str
) -> None:
    async with serving():
        refusal = await telegram.answer(await telegram.photo(UNLIKE))
        telegram.pressed_by(10, {**refusal, "message_id": 4321} if data == "read:pneumonia" else refusal, data)
        await telegram.until(lambda: bool(telegram.shown()))
    (text,) = telegram.shown()
    assert text is not None
    assert ("not installed" if data == "read:moles" else "no longer works") in text
    assert reader.asked == [None]
