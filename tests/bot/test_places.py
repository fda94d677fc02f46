"""Whoever has to wait long is told their place; whatever comes of it, the answers come."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.waiting_texts import place_in_line
from journal import Incoming, open_journal
from tests import databases
from tests.bot.conftest import BOT_ID, FakeReader, Message, Serving, Telegram

Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def gate(reader: FakeReader, monkeypatch: pytest.MonkeyPatch) -> asyncio.Semaphore:
    """A reading ends for each release; looks at the line are frequent, and a wait of a moment is a long one."""
    monkeypatch.setattr("bot.places.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("bot.places.EDIT_SECONDS", 0.1)
    monkeypatch.setattr("bot.places.LONG_WAIT_SECONDS", 1.5)
    gate = asyncio.Semaphore(0)

    async def wait(_data: bytes) -> None:
        await gate.acquire()

    reader.before = wait
    return gate


def notices(telegram: Telegram, chat: int) -> list[Message]:
    return [message for message in telegram.sent(chat) if message.get("text", "").startswith("⏳")]


async def notice(telegram: Telegram, chat: int, start: str = "⏳") -> Message:
    found = await telegram.until(lambda: [m for m in notices(telegram, chat) if m["text"].startswith(start)])
    return found[0]  # type: ignore[no-any-return]


async def test_a_place_is_told_changed_as_the_line_moves_and_gone_with_the_answer(
    telegram: Telegram, serving: Serving, gate: asyncio.Semaphore, rows: Rows
) -> None:
    async with serving(workers=1):
        await telegram.photo(chat=1)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE attempts = 1"))
        for chat in (2, 3, 4):
            sent = await telegram.photo(chat=chat)
        told = await notice(telegram, 4)
        assert told["text"].startswith("⏳ Your picture is number 3 in line. It will take about ")
        assert told["reply_to_message"]["message_id"] == sent["message_id"]
        noted = "SELECT notice_message_id FROM requests WHERE chat_id = 4"
        await telegram.until(lambda: rows(noted) == [(told["message_id"],)])
        await asyncio.sleep(0.3)
        assert len(telegram.calls("editMessageText")) == 0  # nothing has changed
        gate.release()
        changed = await notice(telegram, 4, "⏳ Your picture is number 2 in line.")
        assert changed["message_id"] == told["message_id"]
        for _ in range(3):
            gate.release()
        await telegram.until(lambda: any("photo" in m for m in telegram.sent(4)) and not notices(telegram, 4))
        await telegram.until(lambda: rows("SELECT count(*) FROM requests WHERE notice_message_id > 0") == [(0,)])
    assert [len(telegram.sent(chat)) for chat in (1, 2, 3, 4)] == [1, 1, 1, 1]


async def test_a_person_with_many_pictures_has_one_message_and_short_waits_none(
    telegram: Telegram, serving: Serving, gate: asyncio.Semaphore, rows: Rows
) -> None:
    async with serving(workers=1):
        await telegram.photo(chat=1)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE attempts = 1"))
        await telegram.photo(chat=2)
        for _ in range(3):
            await telegram.photo(chat=3)
        await notice(telegram, 3)
        await asyncio.sleep(0.2)
        assert len(notices(telegram, 3)) == 1
        assert rows("SELECT count(*) FROM requests WHERE notice_message_id > 0 AND chat_id = 3") == [(1,)]
        for _ in range(5):
            gate.release()
        await telegram.until(lambda: len([m for m in telegram.sent(3) if "photo" in m]) == 3)
        await telegram.until(lambda: not notices(telegram, 3))


async def test_no_message_where_the_wait_is_short(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.places.LOOK_SECONDS", 0.01)
    async with serving(workers=1):
        for chat in (1, 2, 3):
            await telegram.photo(chat=chat)
        for chat in (1, 2, 3):
            await telegram.answers(1, chat=chat)
    assert [call for call in telegram.calls("sendMessage") if "⏳" in call["params"]["text"]] == []


@pytest.mark.parametrize("fault", [{"status": 400}, {"status": 403}, {"status": 502}, {"status": 0}, {"delay": 2.0}])
async def test_where_telegram_fails_at_it_the_answers_come_all_the_same(
    telegram: Telegram, serving: Serving, gate: asyncio.Semaphore, rows: Rows, fault: dict[str, Any]
) -> None:
    telegram.fault("sendMessage", times=50, **fault)
    async with serving(workers=1):
        for chat in (1, 2, 3):
            await telegram.photo(chat=chat)
        await telegram.until(lambda: telegram.calls("sendMessage"))
        for _ in range(3):
            gate.release()
        await telegram.until(lambda: rows("SELECT count(*) FROM requests WHERE state = 'answered'") == [(3,)], 5)
        telegram.world.faults.clear()
        # One that was on its way when the answer came is taken away again.
        await telegram.until(lambda: [len(telegram.sent(chat)) for chat in (1, 2, 3)] == [1, 1, 1])
    if fault.get("status") in (400, 403):
        told = [call for call in telegram.calls("sendMessage") if call["params"]["text"].startswith("⏳")]
        assert len(told) <= 2  # where it is not allowed it is not tried again


async def test_after_a_restart_the_message_goes_on_or_is_taken_away(
    telegram: Telegram, serving: Serving, gate: asyncio.Semaphore, rows: Rows, tmp_path: Path
) -> None:
    async with serving(workers=1, stop_seconds=0):
        for chat in (1, 2, 3, 4):
            await telegram.photo(chat=chat)
        told = {chat: await notice(telegram, chat) for chat in (3, 4)}
        await telegram.until(lambda: rows("SELECT count(*) FROM requests WHERE notice_message_id > 0") == [(2,)])
    with sqlite3.connect(tmp_path / "journal.db") as database:  # as if it had been answered in the last moment
        database.execute("UPDATE requests SET state = 'answered' WHERE chat_id = 3")
    database.close()
    async with serving(workers=1):
        await telegram.until(lambda: not notices(telegram, 3))
        for _ in range(3):
            gate.release()
        await telegram.until(lambda: any("photo" in m for m in telegram.sent(4)))
        await telegram.until(lambda: not notices(telegram, 4))
    assert told[3]["message_id"] != told[4]["message_id"]
    assert rows("SELECT count(*) FROM requests WHERE notice_message_id > 0") == [(0,)]


@pytest.mark.parametrize(
    ("place", "seconds", "english", "russian"),
    [
        (1, 4.0, "is next. It will take about 5 seconds.", "следующий. Это займёт примерно 5 секунд."),
        (2, 31.0, "number 2 in line. It will take about 35 seconds.", "в очереди 2-й. Это займёт примерно 35 секунд."),
        (3, 58.0, "about 1 minute.", "примерно 1 минуту."),
        (9, 130.0, "about 3 minutes.", "примерно 3 минуты."),
        (40, 1250.0, "about 21 minutes.", "примерно 21 минуту."),
    ],
)
def test_the_words_have_the_right_numbers(place: int, seconds: float, english: str, russian: str) -> None:
    assert place_in_line(place, seconds, "en").endswith(english)
    assert place_in_line(place, seconds, "ru").endswith(russian)


async def test_what_another_process_works_on_has_no_place_any_more(
    telegram: Telegram, serving: Serving, gate: asyncio.Semaphore, postgres_url: str
) -> None:
    in_work, waits = (f"SELECT id FROM requests WHERE attempts = {attempts} AND chat_id = 4" for attempts in (1, 0))
    async with serving(workers=1, journal_url=postgres_url):
        await telegram.photo(chat=1)
        await telegram.until(lambda: databases.rows(postgres_url, "SELECT 1 FROM requests WHERE attempts = 1"))
        for chat in (2, 3, 4):
            await telegram.photo(chat=chat)
        await notice(telegram, 4)
        other = await open_journal(postgres_url)
        ((request_id,),) = databases.rows(postgres_url, waits)
        assert await other.take(request_id) is not None
        await telegram.until(lambda: not notices(telegram, 4))
        await other.release(request_id)
        await notice(telegram, 4)
        assert databases.rows(postgres_url, in_work) == []
        for _ in range(4):
            gate.release()
        await telegram.until(lambda: any("photo" in m for m in telegram.sent(4)) and not notices(telegram, 4))
    await other.close()


async def test_a_place_that_another_process_told_is_gone_with_the_answer(
    telegram: Telegram, serving: Serving, gate: asyncio.Semaphore, postgres_url: str
) -> None:
    other = await open_journal(postgres_url)
    async with serving(workers=1, journal_url=postgres_url):
        await telegram.text("/help", chat=4)
        sent = await telegram.photo(chat=1)
        await telegram.until(lambda: databases.rows(postgres_url, "SELECT 1 FROM requests WHERE attempts = 1"))
        for chat in (2, 3):
            await telegram.photo(chat=chat)
        file_id = sent["photo"][-1]["file_id"]
        accepted = await other.accept(Incoming(BOT_ID, 999, 4, 50, 4, file_id))
        assert accepted is not None
        await other.waiting.note(accepted.id, 777)
        for _ in range(4):
            gate.release()
        await telegram.until(lambda: any("photo" in m for m in telegram.sent(4)))
        deleted = {"chat_id": 4, "message_id": 777}
        await telegram.until(lambda: any(numbers(call) == deleted for call in telegram.calls("deleteMessage")))
    await other.close()


def numbers(call: dict[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in call["params"].items()}
