"""``/language``: who chose a language is answered in it, whatever their Telegram speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot import personal_texts, texts
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
RUSSIAN = texts.translator("ru")


def buttons(message: Message) -> list[tuple[str, str]]:
    return [(b["text"], b["callback_data"]) for row in message["reply_markup"]["inline_keyboard"] for b in row]


async def asked(telegram: Telegram, **fields: Any) -> Message:
    """The bot's question after ``/language``."""
    before = len(telegram.sent())
    await telegram.text("/language", **fields)
    return (await telegram.answers(before + 1))[-1]


async def chosen(telegram: Telegram, language: str, **fields: Any) -> Message:
    """The bot's question, after it was answered with ``language``."""
    question = await asked(telegram, **fields)
    presses = len(telegram.shown())
    await telegram.press(question, f"speak:{language}")
    await telegram.until(lambda: len(telegram.shown()) > presses)
    await telegram.until(lambda: telegram.sent()[-1]["text"] != question["text"])
    return telegram.sent()[-1]


async def test_the_languages_are_offered_by_their_own_names(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        question = await asked(telegram)
    assert question["text"] == personal_texts.LANGUAGE_QUESTION
    assert buttons(question) == [
        ("English", "speak:en"),
        ("Русский", "speak:ru"),
        ("As in Telegram", "speak:telegram"),
    ]


async def test_what_is_said_after_the_choice_is_in_that_language(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        confirmed = await chosen(telegram, "ru")
        await telegram.text("/help")
        await telegram.text("hello")
        said = [message["text"] for message in (await telegram.answers(3))[1:]]
        refusal = await telegram.answer(await telegram.photo(flat_png(blue=255)))
        await telegram.press(refusal, "read:pneumonia")
        await telegram.answers(5)
    assert confirmed["text"] == "Теперь я отвечаю по-русски."
    assert ("Как в Telegram", "speak:telegram") in buttons(confirmed)
    assert telegram.shown()[0] == "Теперь я отвечаю по-русски."
    assert said == [texts.instructions(("melanoma", "pneumonia"), RUSSIAN), RUSSIAN(texts.NOT_WORDS)]
    assert "Если это рентген грудной клетки, нажмите кнопку" in refusal["text"]
    assert buttons(refusal)[0][0] == "Прочитать как рентген грудной клетки"


async def test_an_answer_and_its_overlay_are_in_the_chosen_language(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch, rows: Rows
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("bot.outcome.draw_overlay", lambda _result, language: drawn.append(language) or flat_png())
    async with serving():
        await chosen(telegram, "en", language_code="ru")
        answer = await telegram.answer(await telegram.photo(language_code="ru"))
    assert answer["caption"].startswith("🔺 Suspicious · skin")
    assert drawn == ["en"]
    assert rows("SELECT id, language, chosen_language FROM users") == [(10, "ru", "en")]


async def test_the_choice_outlives_a_restart_and_is_the_persons_own(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await chosen(telegram, "ru")
    async with serving():
        await telegram.text("/surgery")
        await telegram.text("/surgery", chat=11)
        mine, others = (await telegram.answers(2))[-1], (await telegram.answers(1, chat=11))[-1]
    assert mine["text"] == RUSSIAN(texts.UNKNOWN_COMMAND)
    assert others["text"] == texts.UNKNOWN_COMMAND


async def test_the_choice_is_taken_back_with_the_language_of_telegram(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await chosen(telegram, "ru")
        back = await chosen(telegram, "telegram")
    assert back["text"] == personal_texts.LANGUAGE_OF_TELEGRAM
    assert rows("SELECT chosen_language FROM users") == [(None,)]


async def test_the_menu_of_the_chat_is_in_the_chosen_language_also_after_a_restart(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    menus = telegram.world.persons_bot().profile
    async with serving():
        await telegram.until(lambda: len(telegram.calls("setMyShortDescription")) == 2)
        await chosen(telegram, "ru")
        await telegram.until(lambda: ("chat 10", "") in menus.commands)
    russian = menus.commands["default", "ru"]
    assert menus.commands.pop(("chat 10", "")) == russian
    async with serving():
        await telegram.until(lambda: ("chat 10", "") in menus.commands)
        assert menus.commands["chat 10", ""] == russian
        await chosen(telegram, "telegram")
        await telegram.until(lambda: ("chat 10", "") not in menus.commands)
