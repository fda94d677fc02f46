"""The API's part of the journal: pictures, claims, keys."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from journal import Journal, Reading, open_journal
from journal.api import CLAIM_LASTS, LOST_AFTER, Claim, Finished, Posted, PostedReading, Repeat
from journal.history import Outcome

KEEP = timedelta(hours=1)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READING = PostedReading(
    Reading("unclear", "melanoma", "0.1.0", "a" * 64, "openvino", {"malignant": 0.1 + 0.2, "benign": 1 - 0.3}, 0.25),
    novelty_limit=0.9,
    label_set=["malignant"],
    words={"en": {"title": "Unclear"}, "ru": {"title": "Неясно"}},
)


def picture(name: str, key_id: int | None = None, at: datetime = NOW) -> Posted:
    return Posted(name, key_id, "trace", at, "en", None, 1234)


async def test_a_picture_is_told_to_its_key_alone_exactly_as_it_was_and_in_full(journal: Journal) -> None:
    await journal.api_keys.add("sl_1", "1" * 64, "one")
    number = await journal.api_keys.find("1" * 64)
    assert await journal.api.accept([picture("a", number)]) is None
    assert await journal.api.told("a", number) is None
    await journal.api.finish([Finished("a", READING, convert_ms=1.5, infer_ms=2.5)], keep=KEEP)
    told = await journal.api.told("a", number)
    assert told is not None
    assert (told.answer, told.received_at, told.convert_ms, told.infer_ms) == (READING, NOW, 1.5, 2.5)
    assert await journal.api.told("a", None) is None
    assert await journal.api.told("b", number) is None


async def test_what_is_finished_stays_as_it_is(journal: Journal) -> None:
    await journal.api.accept([picture("a")])
    await journal.api.finish([Finished("a", READING)], keep=KEEP)
    await journal.api.finish([Finished("a", failure="interrupted")], keep=KEEP)
    assert await journal.api.told("a", None) is not None


async def test_of_two_that_claim_a_key_at_once_one_gets_it(url: str) -> None:
    journals = [await open_journal(url) for _ in range(4)]
    claim = Claim(0, "key", "f" * 64)
    found = await asyncio.gather(
        *(journal.api.accept([picture(str(number))], claim) for number, journal in enumerate(journals))
    )
    assert [repeat for repeat in found if repeat] == [Repeat("f" * 64, None, None, None)] * 3
    for journal in journals:
        await journal.close()


async def test_a_claim_is_answered_given_up_or_ends_by_itself(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, answer = Claim(0, "key", "f" * 64), Repeat("f" * 64, 200, "en", "{}")
    await journal.api.accept([], claim)
    await journal.api.finish([], claim, keep=KEEP)
    assert await journal.api.accept([], claim) is None
    await journal.api.finish([], claim, answer, keep=KEEP)
    assert await journal.api.accept([], claim) == answer
    now = datetime.now(UTC)
    monkeypatch.setattr(journal.api, "_now", lambda: now + KEEP + timedelta(seconds=5))
    assert await journal.api.accept([], claim) is None
    monkeypatch.setattr(journal.api, "_now", lambda: now + KEEP + CLAIM_LASTS + timedelta(seconds=6))
    assert await journal.api.accept([], claim) is None


async def test_only_what_is_old_and_unfinished_counts_as_lost(journal: Journal) -> None:
    now = datetime.now(UTC)
    await journal.api.accept([picture("old", at=now - LOST_AFTER), picture("new", at=now), picture("done", at=NOW)])
    await journal.api.finish([Finished("done", READING)], keep=KEEP)
    assert await journal.api.give_up_lost() == 1
    assert await journal.api.give_up_lost() == 0
    await journal.api.finish([Finished("new", READING)], keep=KEEP)
    assert await journal.api.told("new", None) is not None
    assert await journal.api.told("done", None) is not None


async def test_readings_over_http_are_part_of_the_history(journal: Journal) -> None:
    await journal.api.accept([picture("a"), picture("b"), picture("c")])
    ended = [Finished("a", READING), Finished("b", refusal="blurred", model="skin"), Finished("c", failure="internal")]
    await journal.api.finish(ended, keep=KEEP)
    assert sorted(await journal.outcomes(NOW), key=str) == [
        Outcome("melanoma", "0.1.0", "unclear", None, 0.25),
        Outcome("skin", None, None, "blurred", None),
    ]
    assert await journal.outcomes(NOW + timedelta(seconds=1)) == []


async def test_keys_are_listed_with_their_use_and_revoked_once(journal: Journal) -> None:
    await journal.api_keys.add("sl_1", "1" * 64, "one")
    await journal.api_keys.add("sl_2", "2" * 64, "two")
    number = await journal.api_keys.find("1" * 64)
    await journal.api.accept([picture("a", number), picture("b", number, NOW + timedelta(hours=1))])
    one, two = await journal.api_keys.entries()
    assert (one.prefix, one.name, one.requests, one.last_used_at) == ("sl_1", "one", 2, NOW + timedelta(hours=1))
    assert (two.requests, two.last_used_at, two.revoked_at) == (0, None, None)
    assert await journal.api_keys.revoke("sl_1")
    assert not await journal.api_keys.revoke("sl_1")
    assert await journal.api_keys.find("1" * 64) is None
    assert await journal.api_keys.find("2" * 64) is not None


async def test_trying_to_write_changes_nothing(journal: Journal) -> None:
    await journal.api.try_writing()
    assert await journal.api_keys.entries() == []
