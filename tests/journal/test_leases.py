"""Several processes on one journal: each request is one process's at a time, and nobody's for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journal import Journal, JournalUnavailable, LeaseLost, Request, open_journal
from tests.databases import execute, rows
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING
from tests.journal.test_server import HANG_UP

RUN_OUT = "UPDATE requests SET leased_until = now() - interval '1 second'"
SECONDS = 30.0


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def other(journal: Journal, url: str) -> AsyncIterator[Journal]:
    """Another process's journal."""
    other = await open_journal(url)
    yield other
    await other.close()


async def accepted(journal: Journal, number: int, user: int = 10) -> Request:
    request = await journal.accept(replace(PICTURE, update_id=number, message_id=number, user_id=user))
    assert request is not None
    return request


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_one_process_works_on_no_other_takes_or_is_shown(journal: Journal, other: Journal) -> None:
    request = await accepted(journal, 1)
    assert await journal.take(request.id) is not None
    assert await other.take(request.id) is None
    assert await other.pending(7) == []
    assert await other.waiting.request(request.id) is None
    assert [found.id for found in await journal.pending(7)] == [request.id]


async def test_a_person_has_one_request_in_work_wherever_and_in_order(journal: Journal, other: Journal) -> None:
    first, second = await accepted(journal, 1), await accepted(journal, 2)
    of_another = await accepted(journal, 3, user=11)
    assert await other.take(second.id) is None
    assert await journal.take(first.id) is not None
    assert await other.take(second.id) is None
    assert [request.id for request in await other.pending(7)] == [of_another.id]
    assert await other.take(of_another.id) is not None
    await journal.finish_answered(first.id, READING, MILLISECONDS, 5)
    assert await other.take(second.id) is not None


async def test_the_other_bots_requests_of_a_person_hold_up_nothing(journal: Journal, other: Journal) -> None:
    await journal.accept(replace(PICTURE, bot_id=8))
    request = await accepted(journal, 1)
    assert await other.take(request.id) is not None


async def test_a_lease_that_has_run_out_goes_to_another_and_the_attempt_counts(
    journal: Journal, other: Journal, url: str
) -> None:
    request = await accepted(journal, 1)
    await journal.take(request.id)
    execute(url, RUN_OUT)
    assert [found.id for found in await other.pending(7)] == [request.id]
    taken = await other.take(request.id)
    assert taken is not None
    assert taken.attempts == 2
    with pytest.raises(LeaseLost):
        await journal.leases.renew(request.id)
    await journal.release(request.id)
    assert rows(url, "SELECT attempts FROM requests") == [(2,)]
    await other.leases.renew(request.id)


async def test_a_lease_that_nobody_has_taken_over_can_still_be_renewed(
    journal: Journal, other: Journal, url: str
) -> None:
    request = await accepted(journal, 1)
    await journal.take(request.id)
    execute(url, RUN_OUT)
    await journal.leases.renew(request.id)
    assert await other.take(request.id) is None


async def test_what_is_given_back_is_free_at_once_and_the_attempt_does_not_count(
    journal: Journal, other: Journal
) -> None:
    request = await accepted(journal, 1)
    await journal.take(request.id)
    await journal.release(request.id)
    taken = await other.take(request.id)
    assert taken is not None
    assert taken.attempts == 1


async def test_what_has_its_answer_or_is_gone_is_nobodys(journal: Journal, url: str) -> None:
    answered, forgotten = await accepted(journal, 1), await accepted(journal, 2, user=11)
    for request in (answered, forgotten):
        await journal.take(request.id)
    await journal.finish_answered(answered.id, READING, MILLISECONDS, 5)
    await journal.people.forget(7, 11, even_owed=True)
    assert rows(url, "SELECT leased_by, leased_until FROM requests") == [(None, None)]
    for request in (answered, forgotten):
        with pytest.raises(LeaseLost):
            await journal.leases.renew(request.id)
        assert await journal.take(request.id) is None


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_process_whose_clock_is_wrong_changes_nothing(journal: Journal, other: Journal, days: int) -> None:
    for part in (other, other.leases):
        part._now = lambda: datetime.now(UTC) + timedelta(days=days)
    here, there = await accepted(journal, 1), await accepted(journal, 2, user=11)
    assert await journal.take(here.id) is not None
    assert await other.take(here.id) is None
    assert await other.take(there.id) is not None
    assert await journal.take(there.id) is None


async def test_a_lease_is_renewed_as_long_as_the_work_goes_on(journal: Journal, url: str) -> None:
    journal.leases._lease = timedelta(seconds=0.3)
    request = await accepted(journal, 1)
    await journal.take(request.id)
    ends = set()

    def renewed() -> bool:
        ends.update(rows(url, "SELECT leased_until FROM requests"))
        return len(ends) > 4

    async with journal.leases.kept(request.id):
        await until(renewed)
    last = rows(url, "SELECT leased_until FROM requests")
    await asyncio.sleep(0.3)
    assert rows(url, "SELECT leased_until FROM requests") == last


async def test_renewing_outlasts_a_server_that_is_away(
    journal: Journal, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.leases._lease = timedelta(seconds=0.3)
    request = await accepted(journal, 1)
    await journal.take(request.id)
    tried, renew = [], journal.leases.renew

    async def fail_twice(request_id: int) -> None:
        tried.append(request_id)
        if len(tried) < 3:
            raise JournalUnavailable
        await renew(request_id)

    monkeypatch.setattr(journal.leases, "renew", fail_twice)
    ended = rows(url, "SELECT leased_until FROM requests")
    async with journal.leases.kept(request.id):
        await until(lambda: rows(url, "SELECT leased_until FROM requests") != ended)
    assert len(tried) >= 3


async def test_what_another_process_works_on_cannot_be_taken_back_or_given_another_model(
    journal: Journal, other: Journal
) -> None:
    first, second = await accepted(journal, 1), await accepted(journal, 2)
    await other.take(first.id)
    assert await journal.waiting.change_model(7, 10, first.message_id, "pneumonia", list) is True
    assert await journal.waiting.change_model(7, 10, second.message_id, "pneumonia", list) is False
    taken_back = await journal.waiting.cancel(7, 10, 10, list)
    assert [request.id for request in taken_back.requests] == [second.id]
    assert taken_back.in_work


async def test_of_many_that_want_the_same_each_is_taken_once_and_one_of_a_person_at_a_time(
    journal: Journal, other: Journal, url: str
) -> None:
    third = await open_journal(url)
    requests = [await accepted(journal, number, user=10 + number % 3) for number in range(18)]
    taken: list[int] = []
    in_work: list[int] = []

    async def work(mine: Journal) -> None:
        while len(taken) < len(requests):
            for request in requests:
                if await mine.take(request.id) is not None:
                    assert request.user_id not in in_work
                    in_work.append(request.user_id)
                    taken.append(request.id)
                    await asyncio.sleep(0.1)
                    in_work.remove(request.user_id)
                    await mine.finish_answered(request.id, READING, MILLISECONDS, request.id)

    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(work(mine) for mine in (journal, other, third)))
    await third.close()
    assert sorted(taken) == [request.id for request in requests]
    for user in (10, 11, 12):
        theirs = {request.id for request in requests if request.user_id == user}
        assert [number for number in taken if number in theirs] == sorted(theirs)
    assert rows(url, "SELECT DISTINCT state, attempts FROM requests") == [("answered", 1)]


async def test_others_hear_of_what_is_accepted_and_given_back_and_not_the_one_who_did_it(
    journal: Journal, other: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.leases.LOOK_SECONDS", 3600.0)
    async with aclosing(journal.leases.changes()) as here, aclosing(other.leases.changes()) as there:
        await anext(here)
        await anext(there)
        own = asyncio.ensure_future(anext(here))
        for change in (accepted(journal, 1), journal.take(1), journal.release(1)):
            await change
        async with asyncio.timeout(SECONDS):
            await anext(there)
        await asyncio.sleep(0.05)
        assert not own.done()
        await accepted(other, 2)
        async with asyncio.timeout(SECONDS):
            await own


async def test_what_nobody_tells_is_looked_for_and_a_lost_connection_is_replaced(
    journal: Journal, other: Journal, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.leases.LOOK_SECONDS", 0.05)
    listeners = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    async with aclosing(journal.leases.changes()) as changes, asyncio.timeout(SECONDS):
        for _ in range(3):
            await anext(changes)
        assert rows(url, listeners) == [(1,)]
        execute(url, f"{HANG_UP} AND pid <> pg_backend_pid()")
        while rows(url, listeners) != [(0,)]:
            await asyncio.sleep(0.02)
        while rows(url, listeners) != [(1,)]:
            await anext(changes)


async def test_in_a_file_nobody_else_is_asked_so_a_restart_goes_on_at_once(sqlite_url: str) -> None:
    killed, restarted = await open_journal(sqlite_url), await open_journal(sqlite_url)
    request = await accepted(killed, 1)
    await killed.take(request.id)
    assert [found.id for found in await restarted.pending(7)] == [request.id]
    taken = await restarted.take(request.id)
    assert taken is not None
    assert taken.attempts == 2
    await killed.leases.renew(request.id)
    assert [change async for change in restarted.leases.changes()] == []
    await killed.close()
    await restarted.close()
