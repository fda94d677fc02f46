"""What the personal commands have in common: a private chat, and buttons for one person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot import personal_texts, texts
from report.answer import utf16_length
from tests.bot.conftest import FakeReader, Serving, Telegram

Rows = Callable[[str], list[tuple[Any, ...]]]
BUTTONS = ["speak:ru", "forget:1", "page:0", "open:1"]


@pytest.mark.parametrize("command", personal_texts.COMMANDS)
async def test_in_a_group_the_command_only_points_to_the_private_chat(
    telegram: Telegram, serving: Serving, reader: FakeReader, command: str
) -> None:
    async with serving():
        await telegram.text(f"/{command}@second_look_4200_bot", chat=-100)
        (sent,) = await telegram.answers(1, chat=-100)
    link = "https://t.me/second_look_4200_bot"
    assert sent["text"] == personal_texts.ELSEWHERE.format(command=command, link=link)
    assert "reply_markup" not in sent


@pytest.mark.parametrize("data", BUTTONS)
async def test_a_button_in_somebody_elses_chat_does_nothing(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, data: str
) -> None:
    async with serving():
        await telegram.text("/language")
        (question,) = await telegram.answers(1)
        telegram.pressed_by(99, question, data)
        inaccessible = {"chat": question["chat"], "message_id": question["message_id"], "date": 0}
        telegram.pressed_by(10, inaccessible, data, language="ru")
        await telegram.until(lambda: len(telegram.shown()) == 2)
    assert telegram.shown() == [
        personal_texts.BUTTON_NOT_YOURS,
        texts.translator("ru")(personal_texts.BUTTON_OUTDATED),
    ]
    assert rows("SELECT * FROM users") == []
    assert telegram.sent() == [question]


@pytest.mark.parametrize(
    "data",
    [
        "speak:xx",
        "speak:",
        "forget:maybe",
        "page:-1",
        "page:7",
        "page:9999999999999999999",
        "open:0",
        "open:1",
        "open:x",
    ],
)
async def test_a_button_that_was_made_up_does_nothing(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, data: str
) -> None:
    async with serving():
        await telegram.text("/language")
        (question,) = await telegram.answers(1)
        telegram.pressed_by(10, question, data)
        await telegram.until(telegram.shown)
    assert telegram.shown() in ([personal_texts.BUTTON_OUTDATED], [texts.BUTTON_TOO_OLD])
    assert rows("SELECT * FROM users") == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_personal_command_is_in_the_menu(language: str) -> None:
    assert set(personal_texts.COMMANDS) <= set(texts.commands(texts.MODELS, texts.translator(language)))


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_privacy_says_what_is_kept_and_names_the_commands_for_it(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, language: str
) -> None:
    async with serving():
        await telegram.text("/privacy", language_code=language)
        (sent,) = await telegram.answers(1)
    assert sent["text"] == personal_texts.privacy(texts.translator(language))
    assert utf16_length(sent["text"]) <= 4096
    assert "file_id" in sent["text"]
    assert all(f"• /{command}: " in sent["text"] for command in personal_texts.COMMANDS if command != "privacy")
    assert rows("SELECT * FROM users") == []
