"""``/history``: the person's answers page by page, and each of them again."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import personal_texts, texts
from report.answer import utf16_length
from tests.bot.conftest import FakeReader, Message, Serving, Telegram
from tests.tiny_models import flat_png

Rows = Callable[[str], list[tuple[Any, ...]]]
LINE = r"(\d+)\. \d{1,2} \w{3} \d{4}, \d\d:\d\d · ([\w -]+ model) · (.+)"


def buttons(message: Message) -> dict[str, str]:
    """The data of each button by what it says."""
    return {b["text"]: b["callback_data"] for row in message["reply_markup"]["inline_keyboard"] for b in row}


async def history(telegram: Telegram, **fields: Any) -> Message:
    before = len(telegram.sent())
    await telegram.text("/history", **fields)
    return (await telegram.answers(before + 1))[-1]


async def turned(telegram: Telegram, page: Message, button: str) -> Message:
    """What is shown in the place of ``page`` after a press of ``button``."""
    number = page["message_id"]
    await telegram.press(page, buttons(page)[button])

    def other() -> list[Message]:
        return [m for m in telegram.sent() if m["message_id"] == number and m["text"] != page["text"]]

    return (await telegram.until(other))[0]


async def seen_again(telegram: Telegram, page: Message, button: str) -> Message:
    """The answer that comes after a press of the number ``button``."""
    before = len(telegram.sent())
    await telegram.press(page, buttons(page)[button])
    return (await telegram.answers(before + 1))[-1]


async def test_answers_are_listed_newest_first_five_a_page(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        for red in (204, 26, 204, 26, 204, 26, 26):
            await telegram.answer(await telegram.photo(flat_png(red=red)))
        await telegram.answer(await telegram.photo(flat_png(blue=255)))
        await telegram.answer(await telegram.photo(chat=11))
        first = await history(telegram)
        second = await turned(telegram, first, "Older ›")
        back = await turned(telegram, second, "‹ Newer")
    well, ill = "🟢 Unsuspicious", "🔺 Suspicious"
    assert re.findall(LINE, first["text"]) == [
        (str(number), "melanoma model", verdict) for number, verdict in enumerate((well, well, ill, well, ill), 1)
    ]
    assert re.findall(LINE, second["text"]) == [("6", "melanoma model", well), ("7", "melanoma model", ill)]
    assert list(buttons(first)) == ["1", "2", "3", "4", "5", "Older ›"]
    assert list(buttons(second)) == ["6", "7", "‹ Newer"]
    assert (back["text"], buttons(back)) == (first["text"], buttons(first))
    assert all(len(data.encode()) <= 64 for data in buttons(first).values())
    assert utf16_length(first["text"]) <= 4096


async def test_an_answer_seen_again_has_the_same_words_and_an_overlay(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(caption="/pneumonia"))
        await telegram.answer(await telegram.photo(flat_png(red=26)))
        page = await history(telegram)
        again = await seen_again(telegram, page, "2")
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE reopens = 1 AND state = 'answered'"))
        later = await history(telegram)
    first = telegram.sent()[0]
    assert again["caption"] == first["caption"]
    assert again["photo"]
    assert again["reply_to_message"]["message_id"] == page["message_id"]
    assert reader.asked == ["pneumonia", None, "pneumonia"]
    assert telegram.shown() == [personal_texts.REOPENING]
    assert later["text"] == page["text"]
    assert len(telegram.calls("setMessageReaction")) == 2


async def test_of_a_picture_that_telegram_has_lost_the_words_are_told_again(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo())
        page = await history(telegram)
        telegram.fault("getFile", 400, times=3, description="Bad Request: wrong file_id")
        again = await seen_again(telegram, page, "1")
    heading, summary, findings, *_ = answer["caption"].split("\n\n")
    assert again["text"].startswith(f"{heading}\n\n{summary}\n\n{findings}\n\n👉 ")
    assert again["text"].endswith(personal_texts.PICTURE_GONE)
    assert "looked" not in again["text"]


@pytest.mark.parametrize("change", ["version = '0.0.9'", "weights_hash = 'other'", "model = 'moles'"])
async def test_what_another_version_of_the_model_said_is_told_and_not_read_anew(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, changed: Callable[[str], None], change: str
) -> None:
    async with serving():
        answer = await telegram.answer(await telegram.photo(language_code="ru"))
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'answered'"))
    changed(f"UPDATE requests SET {change}")
    async with serving():
        page = await history(telegram, language_code="ru")
        again = await seen_again(telegram, page, "1")
    assert again["text"].partition("\n\n")[0] == answer["caption"].partition("\n\n")[0]
    assert "80\xa0%" in again["text"]
    assert again["text"].endswith(texts.translator("ru")(personal_texts.ANOTHER_VERSION))
    assert len(reader.asked) == 1


async def test_an_answer_of_somebody_else_is_not_shown(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(chat=11))
        await telegram.answer(await telegram.photo(chat=10))
        page = await history(telegram)
        ((of_other,),) = rows("SELECT id FROM requests WHERE user_id = 11")
        telegram.pressed_by(10, page, f"open:{of_other}")
        await telegram.until(telegram.shown)
    assert telegram.shown() == [personal_texts.BUTTON_OUTDATED]
    assert len(reader.asked) == 2


async def test_a_button_of_an_answer_that_was_forgotten_says_so(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo())
        page = await history(telegram)
        await telegram.text("/forget")
        question = (await telegram.answers(3))[-1]
        await telegram.press(question, "forget:1")
        await telegram.until(lambda: telegram.sent()[-1]["text"] == personal_texts.FORGOTTEN)
        await telegram.answer(await telegram.photo())
        await telegram.press(page, buttons(page)["1"])
        await telegram.until(lambda: len(telegram.shown()) == 2)
    assert telegram.shown()[1] == personal_texts.BUTTON_OUTDATED


async def test_who_has_no_answers_yet_is_told_what_to_do(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(flat_png(blue=255)))
        said = await history(telegram, language_code="ru")
    assert said["text"] == texts.translator("ru")(personal_texts.NO_HISTORY)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str], None]:
    """Changes the journal behind the bot's back."""

    def change(sql: str) -> None:
        with sqlite3.connect(tmp_path / "journal.db") as database:
            database.execute(sql)
        database.close()

    return change
