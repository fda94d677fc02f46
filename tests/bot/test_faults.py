"""Accepted means answered: a model that cannot be loaded anew, no memory, and updates in any order."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.errors import CannotServe
from journal import Journal
from tests.bot.conftest import FakeReader, Serving, Telegram
from tests.faulty_engines import Faults, choose_faulty

Rows = Callable[[str], list[tuple[Any, ...]]]
STATES = "SELECT state, attempts FROM requests ORDER BY id"


async def test_pictures_wait_while_a_model_is_spoilt_and_are_answered_once_it_is_put_right(
    telegram: Telegram,
    serving: Serving,
    rows: Rows,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults = Faults(tmp_path)
    monkeypatch.setattr("models.service.choose", lambda _setting: choose_faulty(faults))
    ours = shutil.copytree(weights, tmp_path / "weights")
    path = ours / "melanoma" / "model0.onnx"
    good = path.read_bytes()
    async with serving(models_dir=ours, cache_dir=tmp_path / "cache"):
        await telegram.answer(await telegram.photo())
        path.write_bytes(good[:-1])
        faults.plan("infer", "raise")
        waiting = [await telegram.photo(chat=chat) for chat in (10, 11)]
        await telegram.until(lambda: caplog.text.count("the request is kept") >= 4)  # each of them more than once
        assert [state for state, _ in rows(STATES)[1:]] == ["received"] * 2
        path.write_bytes(good)
        for message in waiting:
            assert "photo" in await telegram.answer(message)
    assert rows(STATES) == [("answered", 1)] * 3


async def test_without_memory_to_go_on_the_bot_ends_and_the_next_one_answers(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    async def no_memory(_data: bytes) -> None:
        raise MemoryError

    reader.before = no_memory
    running = serving()
    ended = await running.__aenter__()
    sent = await telegram.photo()
    await telegram.until(ended.done)
    with pytest.raises(CannotServe, match="no memory"):
        await running.__aexit__(None, None, None)
    assert rows(STATES) == [("received", 1)]
    reader.before = None
    async with serving():
        assert "photo" in await telegram.answer(sent)
    assert rows(STATES) == [("answered", 2)]


async def test_an_update_for_which_there_is_no_memory_is_not_passed_over(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, failures = Journal.accept, [MemoryError(), MemoryError()]

    async def without_memory(journal: Journal, *arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await accept(journal, *arguments)

    monkeypatch.setattr(Journal, "accept", without_memory)
    async with serving():
        assert "photo" in await telegram.answer(await telegram.photo())
    assert not failures
    assert rows(STATES) == [("answered", 1)]


async def test_updates_that_come_in_disorder_and_again_are_each_answered_once(
    telegram: Telegram, serving: Serving, reader: FakeReader, rows: Rows
) -> None:
    sent = [await telegram.photo(chat=chat) for chat in (10, 11, 10, 12)]
    pending = telegram.world.persons_bot().updates._pending
    first, second, third, last = pending
    pending.clear()
    pending.extend((third, first, third, second, first, last))
    async with serving():
        for message in sent:
            assert "photo" in await telegram.answer(message)
        # What still lies in the queue is asked for again, and is known.
        await telegram.until(lambda: not telegram.world.persons_bot().updates)
    assert [len(telegram.sent(chat)) for chat in (10, 11, 12)] == [2, 1, 1]
    assert rows(STATES) == [("answered", 1)] * 4
