"""``/models``: an overview and a page for each model that is installed, in one message."""

from __future__ import annotations

import pytest

from bot import personal_texts, texts
from report.model_words import model_page, models_overview
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.bot.test_consent import edited, keyboard


def buttons(message: Message) -> list[tuple[str, str]]:
    return [(button["text"], button["callback_data"]) for row in keyboard(message) for button in row]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_pages_come_in_the_place_of_the_overview_and_lead_back(
    telegram: Telegram, serving: Serving, reader_with_skin: FakeReader, language: str
) -> None:
    catalog = reader_with_skin.catalog
    cards = [catalog.card(model) for model in texts.MODELS]
    async with serving():
        await telegram.text("/models", language_code=language)
        (overview,) = await telegram.answers(1)
        await telegram.press(overview, "model:skin")
        page = await edited(telegram, overview)
        await telegram.press(page, "model:")
        back = await edited(telegram, page)
    assert overview["text"] == models_overview(cards, language)
    assert [data for _, data in buttons(overview)] == ["model:melanoma", "model:skin", "model:pneumonia"]
    assert page["text"] == model_page(catalog.card("skin"), language)
    assert buttons(page) == [(texts.translator(language)(texts.BACK), "model:")]
    assert (back["text"], buttons(back)) == (overview["text"], buttons(overview))
    assert [m["message_id"] for m in telegram.sent()] == [overview["message_id"]]


async def test_a_model_that_is_not_installed_has_no_page(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.text("/models")
        (overview,) = await telegram.answers(1)
        telegram.pressed_by(10, overview, "model:skin")
        telegram.pressed_by(10, overview, "model:router")
        gone = {"chat": overview["chat"], "message_id": overview["message_id"], "date": 0}
        telegram.pressed_by(10, gone, "model:melanoma")
        await telegram.until(lambda: len(telegram.shown()) == 3)
    assert telegram.shown() == [personal_texts.BUTTON_OUTDATED] * 3
    assert "kin model" not in overview["text"]
    assert telegram.sent() == [overview]
