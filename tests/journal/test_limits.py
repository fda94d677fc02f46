"""How much one person may ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from journal import Incoming, Journal, Milliseconds, RateLimit, State
from tests.databases import records
from tests.journal.test_journal import PICTURE

LIMIT = RateLimit(cases=2, window=timedelta(minutes=10))


@pytest.fixture
def clock(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The journal's time, the last of the list."""
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    for part in (journal, journal.limits, journal.waiting):
        monkeypatch.setattr(part, "_now", lambda: now[-1])
    return now


async def comes(journal: Journal, number: int, **changes: object) -> timedelta | None:
    """What becomes of a picture: accepted, or in how long another may be tried."""
    incoming: Incoming = replace(PICTURE, **{"update_id": number, "message_id": number, **changes})  # type: ignore[arg-type]
    wait = await journal.limits.refuse(incoming, LIMIT)
    if wait is None:
        assert await journal.accept(incoming) is not None
    return wait


async def test_one_too_many_is_refused_journaled_and_told_when_to_come_back(
    url: str, journal: Journal, clock: list[datetime]
) -> None:
    assert await comes(journal, 1) is None
    clock.append(clock[-1] + timedelta(minutes=4))
    assert await comes(journal, 2) is None
    assert await comes(journal, 3) == timedelta(minutes=6)
    assert await comes(journal, 4, user_id=11) is None
    assert len(await journal.pending(7)) == 3
    found = records(url, "select state, refusal_code, attempts from requests where update_id = 3")
    assert found == [{"state": "refused", "refusal_code": "rate_limited", "attempts": 0}]
    clock.append(clock[-1] + timedelta(minutes=6))
    assert await comes(journal, 5) is None
    assert await comes(journal, 6) == timedelta(minutes=4)


async def test_when_the_clock_is_put_back_what_came_later_than_now_holds_up_nobody(
    journal: Journal, clock: list[datetime]
) -> None:
    assert await comes(journal, 1) is None
    assert await comes(journal, 2) is None
    clock.append(clock[-1] - timedelta(hours=6))
    assert await comes(journal, 3) is None
    assert await comes(journal, 4) is None
    assert await comes(journal, 5) == LIMIT.window


async def test_what_was_refused_or_taken_back_counts_for_nothing(journal: Journal, clock: list[datetime]) -> None:
    await comes(journal, 1)
    await comes(journal, 2)
    for number in range(3, 9):
        assert await comes(journal, number) == LIMIT.window
    await journal.waiting.cancel(7, 10, 10, tuple)
    assert await comes(journal, 9) is None


async def test_an_album_is_one_case_and_none_of_its_parts_is_refused(journal: Journal, clock: list[datetime]) -> None:
    for number in range(1, 6):
        assert await comes(journal, number, album="a") is None
    assert await comes(journal, 6) is None
    assert await comes(journal, 7, album="a") is None
    assert await comes(journal, 8, album="b") == LIMIT.window
    assert not await journal.albums.is_begun(7, 10, "b")


async def test_a_picture_read_again_is_a_case_of_its_own_in_an_album_too(
    journal: Journal, clock: list[datetime]
) -> None:
    assert await comes(journal, 1, album="a") is None
    assert await comes(journal, 2, album="a") is None
    assert await comes(journal, 3, album="a", message_id=1) is None
    assert await comes(journal, 4, album="a", message_id=1) == LIMIT.window


async def test_an_update_that_comes_twice_is_told_once(journal: Journal, clock: list[datetime]) -> None:
    await comes(journal, 1)
    await comes(journal, 2)
    too_many = replace(PICTURE, update_id=3)
    assert await journal.limits.refuse(too_many, LIMIT) is not None
    assert await journal.limits.refuse(too_many, LIMIT) is None
    assert await journal.accept(too_many) is None


async def test_pictures_too_many_are_no_refusals_of_the_models(journal: Journal, clock: list[datetime]) -> None:
    for number in (1, 2, 3):
        await comes(journal, number)
    request = (await journal.pending(7))[0]
    await journal.finish_refused(request.id, "blurred", Milliseconds())
    assert [outcome.refusal for outcome in await journal.outcomes(clock[0])] == ["blurred"]
    assert [request.state for request in await journal.pending(7)] == [State.RECEIVED]
