"""A bot for a closed circle: who is not of it learns so, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import bot.admission
from bot import operator_texts, texts
from bot.settings import BotSettings
from report.answer import utf16_length
from tests.bot.conftest import TOKEN, FakeReader, Serving, Telegram

Rows = Callable[[str], list[tuple[Any, ...]]]
CLOSED = {"admin_ids": frozenset({1}), "allowed_ids": frozenset({10})}


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_stranger_is_shown_their_number_and_nothing_is_kept_or_downloaded(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, language: str
) -> None:
    async with serving(**CLOSED):
        await telegram.photo(chat=4_000_000_011, language_code=language)
        (sent,) = await telegram.answers(1, chat=4_000_000_011)
        await telegram.answer(await telegram.photo(chat=10))
    assert sent["text"] == operator_texts.closed("4000000011", language)
    assert sent["text"] != operator_texts.closed("4000000011", "en" if language == "ru" else "ru")
    (number,) = [sent["text"][e["offset"] : e["offset"] + e["length"]] for e in sent["entities"] if e["type"] == "code"]
    assert number == "4000000011"
    assert rows("SELECT id FROM users") == rows("SELECT user_id FROM requests") == [(10,)]
    assert len(telegram.calls("getFile")) == 1
    assert not [call for call in telegram.calls("setMessageReaction") if call["params"]["chat_id"] == "4000000011"]


async def test_who_was_let_in_before_can_see_and_remove_what_is_kept(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(chat=11))
    async with serving(**CLOSED):
        for number, command in enumerate(("/privacy", "/export", "/forget"), start=2):
            await telegram.text(command, chat=11)
            said = (await telegram.answers(number, chat=11))[-1]
        await telegram.press(said, "forget:1")
        await telegram.until(lambda: rows("SELECT id FROM users") == [])
        await telegram.text("/forgetful", chat=11)
        turned_away = (await telegram.answers(5, chat=11))[-1]
    assert any("document" in message for message in telegram.sent(11))
    assert turned_away["text"] == operator_texts.closed("11", "en")
    assert rows("SELECT * FROM requests") == rows("SELECT * FROM users") == []


async def test_those_on_the_list_and_the_admins_are_served(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving(**CLOSED):
        for chat in (1, 10):
            await telegram.text("/help", chat=chat)
            (sent,) = await telegram.answers(1, chat=chat)
            assert sent["text"].startswith("What I read")


async def test_without_a_list_everyone_is_served(telegram: Telegram, serving: Serving, reader: FakeReader) -> None:
    async with serving(admin_ids=frozenset({1})):
        await telegram.answer(await telegram.photo(chat=99))


async def test_an_album_of_a_stranger_is_one_word_and_after_a_while_it_is_said_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(**CLOSED):
        for _ in range(3):
            await telegram.photo(chat=11, media_group_id="7")
        await telegram.text("/start", chat=11)
        await telegram.text("/help", chat=12)
        await telegram.answers(1, chat=12)
        assert len(telegram.sent(11)) == 1
        monkeypatch.setattr(bot.admission, "SAID_AGAIN_SECONDS", 0.0)
        await telegram.text("/start", chat=11)
        await telegram.answers(2, chat=11)


async def test_in_a_group_a_stranger_meets_silence_and_whoever_is_let_in_is_served(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    def deliver(user_id: int, text: str) -> None:
        telegram.deliver(
            -100,
            text=text,
            **{"from": {"id": user_id, "is_bot": False, "first_name": "P", "language_code": "en"}},
        )

    async with serving(**CLOSED):
        deliver(11, "/help")
        deliver(10, "/help")
        await telegram.answers(1, chat=-100)
    assert [message["text"][:11] for message in telegram.sent(-100)] == ["What I read"]


async def test_a_stranger_who_presses_a_button_is_told_over_the_chat(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(**CLOSED):
        await telegram.text("/language")
        (question,) = await telegram.answers(1)
        telegram.pressed_by(11, question, "speak:ru", language="ru")
        await telegram.until(telegram.shown)
    (call,) = telegram.calls("answerCallbackQuery")
    assert call["params"]["text"] == operator_texts.closed("11", "ru")
    assert call["params"]["show_alert"] == "true"
    assert rows("SELECT * FROM users") == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_word_fits_over_a_chat_whatever_the_number(language: str) -> None:
    assert utf16_length(operator_texts.closed("9" * 16, language)) <= 200
    assert texts.translator(language)(operator_texts.CLOSED).count("{id}") == 1


@pytest.mark.parametrize(
    ("given", "read"),
    [("", set()), ("123", {123}), (" 123 , 4503599627370495,", {123, 2**52 - 1})],
)
def test_the_lists_are_numbers_with_commas(
    given: str, read: set[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ADMIN_IDS", "ALLOWED_IDS"):
        monkeypatch.setenv(name, given)
    settings = BotSettings(bot_token=TOKEN)  # type: ignore[arg-type]
    assert settings.admin_ids == settings.allowed_ids == read
