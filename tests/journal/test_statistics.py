"""What is counted of the requests, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import postgresql

from journal import Journal, Seconds, Wants, statistics
from journal.tables import RequestRow
from tests.journal.test_journal import MILLISECONDS, PICTURE, READING

BOT = PICTURE.bot_id
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 21, 13, 20, tzinfo=UTC)


class Clock:
    """The journal's time, to be moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(journal: Journal) -> Clock:
    clock = Clock()
    journal._now = journal.statistics._now = clock
    return clock


Come = Callable[..., object]


@pytest.fixture
def come(journal: Journal, clock: Clock) -> Come:
    """Journals a picture that came ``ago`` and took ``seconds`` to its end."""
    numbers = iter(range(1, 10_000))

    async def come(ago: timedelta, end: str = "answered", seconds: float = 1.0, **fields: object) -> int:
        clock.now = NOW - ago
        reading = replace(READING, verdict=fields.pop("verdict", "suspicious"), model=fields.pop("model_said", "skin"))
        code = str(fields.pop("code", "blurred"))
        request = await journal.accept(replace(PICTURE, update_id=next(numbers), **fields))
        assert request is not None
        clock.now += timedelta(seconds=seconds)
        if end == "answered":
            await journal.finish_answered(request.id, reading, MILLISECONDS, 1)
        elif end == "refused":
            await journal.finish_refused(request.id, code, MILLISECONDS, model="melanoma")
        elif end == "failed":
            await journal.finish_failed(request.id, code, MILLISECONDS)
        clock.now = NOW
        return request.id

    return come


async def test_outcomes_are_counted_by_span_and_spans_begin_at_the_full_hour(journal: Journal, come: Come) -> None:
    await come(timedelta(minutes=20))  # 13:00:00 sharp
    await come(timedelta(minutes=21), verdict="unclear")
    await come(2 * HOUR, "refused")
    await come(2 * HOUR, "failed")
    await come(2 * HOUR, "failed")
    await come(timedelta(minutes=1), "received")
    await come(timedelta(hours=2, minutes=21))  # 10:59, too old
    figures = await journal.statistics.figures(BOT, HOUR, 3)
    assert figures.begin == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert figures.outcomes == {
        "suspicious": (0, 0, 1),
        "unclear": (0, 1, 0),
        "refused": (1, 0, 0),
        "failed": (2, 0, 0),
        "received": (0, 0, 1),
    }
    assert figures.requests == 6


async def test_days_begin_at_midnight_utc(journal: Journal, come: Come) -> None:
    await come(timedelta(hours=13, minutes=20))
    await come(timedelta(hours=13, minutes=21))
    figures = await journal.statistics.figures(BOT, timedelta(days=1), 7)
    assert figures.begin == datetime(2026, 11, 15, tzinfo=UTC)
    assert figures.outcomes == {"suspicious": (0, 0, 0, 0, 0, 1, 1)}


async def test_another_bot_a_look_at_an_earlier_answer_and_a_report_are_no_requests(
    journal: Journal, come: Come
) -> None:
    first = await come(HOUR)
    await come(HOUR, reopens=first)
    await come(HOUR, wants=Wants.REPORT)
    await come(HOUR, "received", wants=Wants.REPORT)
    await come(HOUR, "received", bot_id=8)
    figures = await journal.statistics.figures(BOT, HOUR, 24)
    assert figures.requests == 1
    assert figures.queue == 1


async def test_models_and_refusals_are_counted_the_most_frequent_first(journal: Journal, come: Come) -> None:
    for code in ("blurred", "too_small", "too_small", "unlike_training"):
        await come(HOUR, "refused", code=code)
    for model in ("skin", "pneumonia"):
        await come(HOUR, model_said=model)
    figures = await journal.statistics.figures(BOT, HOUR, 24)
    assert list(figures.refusals.items()) == [("too_small", 2), ("blurred", 1), ("unlike_training", 1)]
    assert list(figures.models.items()) == [("melanoma", 4), ("pneumonia", 1), ("skin", 1)]


async def test_the_times_are_nearest_rank_percentiles_of_what_was_answered_or_refused(
    journal: Journal, come: Come
) -> None:
    for second in range(20, 0, -1):
        await come(HOUR, "answered" if second % 2 else "refused", seconds=second)
    await come(3 * HOUR, seconds=0.25)
    await come(HOUR, "failed", seconds=500)
    await come(HOUR, "received", seconds=900)
    figures = await journal.statistics.figures(BOT, HOUR, 4)
    assert figures.seconds == {
        0: Seconds(pytest.approx(0.25, abs=1e-3), pytest.approx(0.25, abs=1e-3)),
        2: Seconds(pytest.approx(10, abs=1e-3), pytest.approx(19, abs=1e-3)),
    }
    assert figures.seconds_overall == Seconds(pytest.approx(10, abs=1e-3), pytest.approx(19, abs=1e-3))


async def test_persons_are_counted_once_and_feedback_by_what_it_says(
    journal: Journal, come: Come, clock: Clock
) -> None:
    for user, feedback in ((10, "confirmed"), (10, "confirmed"), (11, "refuted"), (12, None)):
        number = await come(HOUR, user_id=user, chat_id=user)
        async with journal._transaction() as session:
            (await session.get_one(RequestRow, number)).feedback = feedback
    figures = await journal.statistics.figures(BOT, HOUR, 24)
    assert (figures.persons, figures.confirmed, figures.not_confirmed) == (3, 2, 1)


async def test_of_nothing_everything_is_none(journal: Journal) -> None:
    figures = await journal.statistics.figures(BOT, HOUR, 24)
    assert (figures.requests, figures.persons, figures.queue) == (0, 0, 0)
    assert (figures.outcomes, figures.models, figures.seconds, figures.seconds_overall) == ({}, {}, {}, None)


def test_postgresql_reckons_seconds_in_its_own_way() -> None:
    took = statistics._SecondsBetween(RequestRow.received_at, RequestRow.finished_at)
    text = str(Select(took).compile(dialect=postgresql.dialect()))
    assert "EXTRACT(EPOCH FROM (requests.finished_at - requests.received_at))" in text
