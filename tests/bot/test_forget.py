"""``/forget``: asked once, then everything of the person is removed, unless an answer is still owed."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from bot import personal_texts
from bot.handlers.forget import QUESTION_LASTS
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Message, Serving, Telegram

Rows = Callable[[str], list[tuple[Any, ...]]]
ME = 7_654_321_098
KEPT = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM requests), (SELECT count(*) FROM choices)"


async def question(telegram: Telegram, chat: int = 10) -> Message:
    before = len(telegram.sent(chat))
    await telegram.text("/forget", chat=chat)
    return (await telegram.answers(before + 1, chat))[-1]


def now_says(telegram: Telegram, message: Message, chat: int = 10) -> Callable[[], bool]:
    """Whether ``message`` no longer asks."""
    return lambda: any(
        sent["message_id"] == message["message_id"] and sent["text"] != message["text"] for sent in telegram.sent(chat)
    )


@ON_BOTH_DATABASES
async def test_who_says_yes_is_forgotten_and_nobody_else(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo())
        await telegram.answer(await telegram.photo(chat=11))
        await telegram.text("/pneumonia")
        await telegram.answers(2)
        asked = await question(telegram)
        assert asked["text"] == personal_texts.FORGET_QUESTION
        await telegram.press(asked, "forget:1")
        await telegram.until(now_says(telegram, asked))
        await telegram.text("/export")
        nothing = (await telegram.answers(4))[-1]
    done = telegram.sent()[2]
    assert done["text"] == personal_texts.FORGOTTEN
    assert "reply_markup" not in done
    assert nothing["text"] == personal_texts.NOTHING_KEPT
    assert rows("SELECT id FROM users") == [(11,)]
    assert rows(KEPT) == [(1, 1, 0)]


async def test_who_says_no_is_kept(telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows) -> None:
    async with serving():
        await telegram.answer(await telegram.photo())
        asked = await question(telegram)
        await telegram.press(asked, "forget:0")
        await telegram.until(now_says(telegram, asked))
    assert telegram.sent()[1]["text"] == personal_texts.NOT_FORGOTTEN
    assert rows(KEPT) == [(1, 1, 0)]


@ON_BOTH_DATABASES
async def test_a_picture_in_work_is_answered_first(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    go_on = asyncio.Event()

    async def wait(_data: bytes) -> None:
        await go_on.wait()

    reader.before = wait
    async with serving():
        sent = await telegram.photo()
        await telegram.until(lambda: reader.asked)
        asked = await question(telegram)
        await telegram.press(asked, "forget:1")
        await telegram.until(telegram.shown)
        assert telegram.shown() == [personal_texts.FORGET_LATER]
        assert rows(KEPT) == [(1, 1, 0)]
        go_on.set()
        await telegram.answer(sent)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'answered'"))
        await telegram.press(asked, "forget:1")
        await telegram.until(now_says(telegram, asked))
    assert rows(KEPT) == [(0, 0, 0)]


async def test_an_old_yes_does_not_count(telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows) -> None:
    async with serving():
        await telegram.answer(await telegram.photo())
        asked = await question(telegram)
        old = int(time.time() - QUESTION_LASTS.total_seconds()) - 60
        telegram.pressed_by(10, {**asked, "date": old}, "forget:1")
        await telegram.until(lambda: telegram.calls("editMessageReplyMarkup"))
    assert telegram.shown() == [personal_texts.BUTTON_OUTDATED]
    assert rows(KEPT) == [(1, 1, 0)]


async def test_while_the_journal_cannot_do_all_of_it_nothing_is_removed_and_nothing_said(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, tmp_path: Path
) -> None:
    def rename(table: str, name: str) -> None:
        with closing(sqlite3.connect(tmp_path / "journal.db")) as database:
            database.execute(f"ALTER TABLE {table} RENAME TO {name}")

    async with serving():
        await telegram.answer(await telegram.photo())
        asked = await question(telegram)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'answered'"))
        await asyncio.to_thread(rename, "choices", "elsewhere")
        await telegram.press(asked, "forget:1")
        await asyncio.sleep(0.3)
        assert rows("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM requests)") == [(1, 1)]
        assert telegram.shown() == []
        await asyncio.to_thread(rename, "elsewhere", "choices")
        await telegram.until(now_says(telegram, asked))
    assert telegram.sent()[-1]["text"] == personal_texts.FORGOTTEN
    assert rows(KEPT) == [(0, 0, 0)]


async def test_the_menu_of_who_is_forgotten_is_telegrams_again(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    menus = telegram.world.persons_bot().profile.commands
    async with serving():
        await telegram.text("/language")
        (languages,) = await telegram.answers(1)
        await telegram.press(languages, "speak:ru")
        await telegram.until(lambda: ("chat 10", "") in menus)
        asked = await question(telegram)
        await telegram.press(asked, "forget:1")
        await telegram.until(lambda: ("chat 10", "") not in menus)
        await telegram.text("/surgery")
        assert (await telegram.answers(3))[-1]["text"].startswith("I do not know this command")


async def test_the_journals_files_hold_nothing_of_who_is_forgotten(
    telegram: Telegram,
    serving: Serving,
    reader: FakeReader,
    tmp_path: Path,
) -> None:
    async with serving():
        await telegram.answer(await telegram.photo(chat=11))
        sent = await telegram.photo(chat=ME)
        await telegram.answer(sent)
        asked = await question(telegram, chat=ME)
        needles = (str(ME).encode(), ME.to_bytes(6, "big"), sent["photo"][-1]["file_id"].encode())
        assert any(needle in held(tmp_path) for needle in needles)
        await telegram.press(asked, "forget:1")
        await telegram.until(now_says(telegram, asked, chat=ME))
        assert [needle for needle in needles if needle in held(tmp_path)] == []
    assert [needle for needle in needles if needle in held(tmp_path)] == []


def held(folder: Path) -> bytes:
    """All that the journal's files hold."""
    return b"".join(path.read_bytes() for path in folder.glob("journal.db*"))
