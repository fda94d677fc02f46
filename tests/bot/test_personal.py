"""What the personal commands have in common: a private chat, and buttons for one person."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from bot import personal_texts, texts
from bot.settings import BotSettings
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


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("en", 0, "Until you have it removed with /forget."),
        ("en", 1, "For 1 day, or until you have it removed with /forget."),
        ("en", 30, "For 30 days, or until you have it removed with /forget."),
        ("ru", 1, "1 день или пока вы не попросите удалить командой /forget."),
        ("ru", 3, "3 дня или пока вы не попросите удалить командой /forget."),
        ("ru", 30, "30 дней или пока вы не попросите удалить командой /forget."),
    ],
)
async def test_privacy_says_for_how_long(
    telegram: Telegram, serving: Serving, reader: FakeReader, language: str, days: int, said: str
) -> None:
    async with serving(journal_keep_days=days):
        await telegram.text("/privacy", language_code=language)
        (sent,) = await telegram.answers(1)
    assert f"• {said} " in sent["text"]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_privacy_says_what_is_kept_and_names_the_commands_for_it(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, language: str
) -> None:
    async with serving():
        await telegram.text("/privacy", language_code=language)
        (sent,) = await telegram.answers(1)
    assert sent["text"] == personal_texts.privacy(language)
    assert utf16_length(sent["text"]) <= 4096
    assert "file_id" in sent["text"]
    assert all(f"• /{command}: " in sent["text"] for command in personal_texts.COMMANDS if command != "privacy")
    assert rows("SELECT * FROM users") == []


async def test_what_is_older_than_it_is_to_be_kept_is_removed_by_itself(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, settings: BotSettings
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo())
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'answered'"))
    path = settings.journal_url.partition("///")[2]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE requests SET received_at = '2020-01-01 00:00:00.000000'")
        connection.commit()
    async with serving(journal_keep_days=36_500):
        await telegram.text("/privacy")
        await telegram.answers(2)
        assert len(rows("SELECT * FROM requests")) == 1
    async with serving(journal_keep_days=30):
        await telegram.until(lambda: rows("SELECT * FROM requests") == [])
    assert len(rows("SELECT * FROM users")) == 1
