"""Accepted means answered, once: faults of Telegram, of the reading, of the journal, and of the process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

import bot.runner
from bot import texts
from bot.patience import Patience
from bot.worker import MOST_ATTEMPTS
from models import CorruptWeights
from tests.bot.conftest import ON_BOTH_DATABASES, FakeReader, Serving, Telegram
from tests.databases import execute

Rows = Callable[[str], list[tuple[Any, ...]]]
STATES = "SELECT state, attempts FROM requests ORDER BY id"


@pytest.mark.parametrize("method", ["getFile", "file", "sendPhoto"])
@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 1}, {"status": 502}, {"status": 0}])
async def test_a_hiccup_of_telegram_costs_time_and_not_the_answer(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, method: str, fault: dict[str, Any]
) -> None:
    telegram.fault(method, **fault)
    async with serving():
        answer = await telegram.answer(await telegram.photo())
    assert "photo" in answer
    assert len(telegram.sent()) == 1
    assert rows(STATES) == [("answered", 1)]


async def test_after_a_429_nothing_is_sent_before_the_time_is_up(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    telegram.fault("sendPhoto", 429, retry_after=1)
    async with serving():
        await telegram.answer(await telegram.photo())
    first, second = telegram.calls("sendPhoto")
    assert second["date"] - first["date"] >= 1.0


@pytest.mark.parametrize("status", [400, 413])
async def test_when_the_overlay_cannot_be_sent_the_words_go_alone(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, status: int
) -> None:
    telegram.fault("sendPhoto", status, times=9)
    async with serving():
        answer = await telegram.answer(await telegram.photo())
    assert "dermatologist" in answer["text"]
    assert rows(STATES) == [("answered", 1)]


async def test_when_the_overlay_cannot_be_drawn_the_words_go_alone(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outcome.draw_overlay", lambda *_: 1 / 0)
    async with serving():
        assert "dermatologist" in (await telegram.answer(await telegram.photo()))["text"]


async def test_a_message_deleted_meanwhile_is_answered_without_a_reference(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        reader.before = _deletes(telegram)
        await telegram.photo()
        (answer,) = await telegram.answers(1)
    assert "photo" in answer
    assert "reply_to_message" not in answer


def _deletes(telegram: Telegram) -> Callable[[bytes], Any]:
    async def delete(_data: bytes) -> None:
        chat = telegram.world.persons_bot().chats[10]
        chat.delete(next(iter(chat.messages)))

    return delete


@ON_BOTH_DATABASES
async def test_somebody_who_blocked_the_bot_is_left_alone_and_the_others_are_served(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async def block(_data: bytes) -> None:
        reader.before = None
        await telegram.block(chat=10)

    reader.before = block
    async with serving():
        await telegram.photo(chat=10)
        await telegram.until(lambda: rows("SELECT 1 FROM requests WHERE state = 'failed'"))
        await telegram.answer(await telegram.photo(chat=11))
    assert rows("SELECT state, failure_code FROM requests ORDER BY id") == [
        ("failed", "undeliverable"),
        ("answered", None),
    ]


async def test_a_refused_answer_shows_that_the_bot_is_blocked_until_the_person_writes_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    blocked = "SELECT blocked_at IS NOT NULL FROM users"
    async with serving():
        telegram.fault("sendPhoto", 403, description="Forbidden: bot was blocked by the user")
        await telegram.photo()
        await telegram.until(lambda: rows(blocked) == [(1,)])
        await telegram.answer(await telegram.photo())
    assert rows(blocked) == [(0,)]


async def test_a_file_that_telegram_has_lost_is_said_in_words(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    wrong = "Bad Request: wrong file_id or the file is temporarily unavailable"
    telegram.fault("getFile", 400, times=3, description=wrong)
    async with serving():
        answer = await telegram.answer(await telegram.photo())
    assert answer["text"] == texts.FILE_GONE
    assert rows("SELECT state, failure_code FROM requests") == [("failed", "file_gone")]


async def test_a_file_that_was_only_unavailable_is_read(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    telegram.fault("getFile", 400, description="Bad Request: wrong file_id or the file is temporarily unavailable")
    telegram.fault("file", 404)
    async with serving():
        assert "photo" in await telegram.answer(await telegram.photo())


async def test_a_picture_that_fails_now_and_then_is_tried_again(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async def fail_once(_data: bytes) -> None:
        reader.before = None
        raise RuntimeError

    reader.before = fail_once
    async with serving():
        assert "photo" in await telegram.answer(await telegram.photo())
    assert rows(STATES) == [("answered", 2)]


@ON_BOTH_DATABASES
async def test_a_picture_that_always_fails_is_given_up_in_words_and_holds_up_nobody(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async def fail(data: bytes) -> None:
        if len(data) > 5000:
            raise RuntimeError("quoted content of the picture")

    reader.before = fail
    async with serving():
        poison = await telegram.document(bytes(6000))
        assert (await telegram.answer(poison))["text"] == texts.INTERNAL
        await telegram.answer(await telegram.photo())
    assert rows("SELECT state, failure_code, attempts FROM requests ORDER BY id") == [
        ("failed", "gave_up", MOST_ATTEMPTS + 1),
        ("answered", None, 1),
    ]


@ON_BOTH_DATABASES
async def test_a_picture_that_killed_the_process_three_times_is_given_up(
    telegram: Telegram, serving: Serving, reader: FakeReader, journal_url: str
) -> None:
    async with serving(workers=1, stop_seconds=0):
        reader.before = lambda _data: asyncio.sleep(60)
        sent = await telegram.photo()
        await telegram.until(lambda: reader.asked)
    reader.before = None
    execute(journal_url, f"UPDATE requests SET attempts = {MOST_ATTEMPTS}")
    async with serving():
        assert (await telegram.answer(sent))["text"] == texts.INTERNAL
    assert len(reader.asked) == 1


@ON_BOTH_DATABASES
async def test_an_outage_is_outlasted_and_counts_no_attempt(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.runner, "PATIENCE", Patience(total=0.1, first_pause=0.02, longest_pause=0.05))
    async with serving():
        for method in ("getFile", "sendPhoto", "sendMessage"):
            telegram.fault(method, 503, times=8)
        answer = await telegram.answer(await telegram.photo())
    assert answer["message_id"]
    assert len(telegram.sent()) == 1
    assert rows(STATES) == [("answered", 1)]


async def test_while_a_model_cannot_be_loaded_its_pictures_wait_and_count_no_attempt(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async def amiss(_data: bytes) -> None:
        if len(reader.asked) < MOST_ATTEMPTS + 2:
            raise CorruptWeights("model0.onnx")

    reader.before = amiss
    async with serving():
        assert "photo" in await telegram.answer(await telegram.photo())
    assert rows(STATES) == [("answered", 1)]


@ON_BOTH_DATABASES
async def test_an_update_delivered_twice_is_answered_once(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with serving():
        await telegram.answer(await telegram.photo())
    ((update_id, message_id),) = rows("SELECT update_id, message_id FROM requests")
    bot = telegram.world.persons_bot()
    bot.updates._pending.appendleft({"update_id": update_id, "message": bot.chats[10].messages[message_id]})
    async with serving():
        await telegram.text("/help")
        await telegram.answers(2)
    assert f"update {update_id} was journaled before" in caplog.text
    assert [("caption" in message) for message in telegram.sent()] == [True, False]
    assert rows(STATES) == [("answered", 1)]


@ON_BOTH_DATABASES
async def test_what_was_accepted_and_not_answered_is_answered_after_a_restart_once(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(stop_seconds=0):
        reader.before = lambda _data: asyncio.sleep(60)
        sent = [await telegram.photo(), await telegram.photo(caption="/pneumonia"), await telegram.photo(chat=11)]
        await telegram.until(lambda: len(reader.asked) == 2 and rows("SELECT count(*) FROM requests") == [(3,)])
    assert rows(STATES) == [("received", 0)] * 3
    reader.before = None
    reader.asked.clear()
    async with serving():
        for message in sent:
            await telegram.answer(message)
        await telegram.answer(await telegram.photo())
    assert rows(STATES) == [("answered", 1)] * 4
    assert len(telegram.sent(10)) == 3
    assert len(telegram.sent(11)) == 1
    assert sorted(reader.asked, key=str) == [None, None, None, "pneumonia"]


@ON_BOTH_DATABASES
async def test_a_stop_finishes_what_is_in_hand_and_begins_nothing_new(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async with serving(workers=1) as running:
        reader.before = lambda _data: asyncio.sleep(0.5)
        await telegram.photo(chat=1)
        await telegram.photo(chat=2)
        await telegram.until(lambda: reader.asked and rows("SELECT count(*) FROM requests") == [(2,)])
        os.kill(os.getpid(), signal.SIGINT)
        await running
    assert rows("SELECT state FROM requests ORDER BY id") == [("answered",), ("received",)]
    assert len(telegram.sent(1)) == 1


async def test_a_reply_to_a_command_is_still_sent_when_a_stop_comes(
    telegram: Telegram, serving: Serving, reader: FakeReader
) -> None:
    async with serving():
        telegram.fault("sendMessage", delay=0.5)
        await telegram.text("/help")
        await telegram.until(lambda: telegram.calls("sendMessage"))
    assert len(telegram.sent()) == 1


@ON_BOTH_DATABASES
async def test_while_the_journal_cannot_be_written_nothing_is_acknowledged_and_nothing_lost(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, journal_url: str
) -> None:
    async with serving():
        # In a thread: the bot may be in the midst of a transaction of its own, which this loop has to end.
        await asyncio.to_thread(execute, journal_url, "ALTER TABLE requests RENAME TO elsewhere")
        sent = await telegram.photo()
        await asyncio.sleep(0.3)
        assert len(telegram.world.persons_bot().updates) == 1
        await asyncio.to_thread(execute, journal_url, "ALTER TABLE elsewhere RENAME TO requests")
        await telegram.answer(sent)
    assert rows(STATES) == [("answered", 1)]


async def test_an_update_that_a_handler_cannot_bear_does_not_stop_the_next(
    telegram: Telegram, serving: Serving, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handlers.pictures.ready_for", lambda *_: 1 / 0)
    async with serving():
        await telegram.text("/pneumonia")
        await telegram.answer(await telegram.photo())
    assert len(telegram.sent()) == 1
