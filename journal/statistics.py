"""What came and what became of it, in numbers for those who run the bot: no person, no chat, no file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from journal.entries import State, Wants
from journal.people import Transaction
from journal.tables import RequestRow

CONFIRMED = "confirmed"
"""The feedback that says that an answer was right; any other says that it was not."""


@dataclass(frozen=True)
class Seconds:
    """From a picture's arrival to its answer or refusal: half took no longer than ``half``, 95 % than ``most``."""

    half: float
    most: float


@dataclass(frozen=True)
class Figures:
    """Of the pictures received in ``spans`` spans of length ``step`` from ``begin`` on.

    ``outcomes`` counts by verdict, or by the state of a request without one, for each span; ``models`` and ``refusals``
    count by model and by code, the most frequent first; ``seconds`` has the spans in which anything was answered.
    ``queue`` is how many requests wait or are in work now, of whatever age and kind.
    """

    begin: datetime
    step: timedelta
    spans: int
    outcomes: Mapping[str, tuple[int, ...]]
    models: Mapping[str, int]
    refusals: Mapping[str, int]
    seconds: Mapping[int, Seconds]
    seconds_overall: Seconds | None
    persons: int
    queue: int
    confirmed: int
    not_confirmed: int

    @property
    def requests(self) -> int:
        """How many there were in all."""
        return sum(map(sum, self.outcomes.values()))


class Statistics:
    """Part of the ``Journal``: every method is one of its transactions."""

    def __init__(self, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._transaction = transaction
        self._now = now

    async def figures(self, bot_id: int, step: timedelta, spans: int) -> Figures:
        """The figures of the span that runs now and of those before it, ``spans`` in all; a span begins at a multiple
        of ``step`` in UTC. Looks at earlier answers, and reports of them, are not counted."""
        begin = _floor(self._now(), step) - (spans - 1) * step
        theirs = (
            RequestRow.bot_id == bot_id,
            RequestRow.received_at >= begin,
            RequestRow.wants == Wants.ANSWER.value,
            RequestRow.reopens.is_(None),
        )
        span = _span(begin, step, spans)
        persons = select(func.count(RequestRow.user_id.distinct())).where(*theirs)
        queue = select(func.count(RequestRow.id)).where(
            RequestRow.bot_id == bot_id, RequestRow.state == State.RECEIVED.value
        )
        async with self._transaction() as session:
            overall = await _seconds(session, literal(0), theirs)
            feedback = await _counts(session, RequestRow.feedback, theirs)
            return Figures(
                begin=begin,
                step=step,
                spans=spans,
                outcomes=await _outcomes(session, span, spans, theirs),
                models=await _counts(session, RequestRow.model, theirs),
                refusals=await _counts(session, RequestRow.refusal_code, theirs),
                seconds=await _seconds(session, span, theirs),
                seconds_overall=overall.get(0),
                persons=await session.scalar(persons) or 0,
                queue=await session.scalar(queue) or 0,
                confirmed=feedback.pop(CONFIRMED, 0),
                not_confirmed=sum(feedback.values()),
            )


def _floor(when: datetime, step: timedelta) -> datetime:
    whole = int(step.total_seconds())
    return datetime.fromtimestamp(int(when.timestamp()) // whole * whole, UTC)


def _span(begin: datetime, step: timedelta, spans: int) -> ColumnElement[int]:
    """The number of the span that a request came in."""
    ends = [(RequestRow.received_at < begin + (number + 1) * step, number) for number in range(spans - 1)]
    return case(*ends, else_=spans - 1) if ends else literal(0)


async def _outcomes(
    session: AsyncSession, span: ColumnElement[int], spans: int, theirs: tuple[ColumnElement[bool], ...]
) -> dict[str, tuple[int, ...]]:
    outcome = func.coalesce(RequestRow.verdict, RequestRow.state)
    rows = select(span.label("span"), outcome.label("outcome")).where(*theirs).subquery()
    query = select(rows.c.outcome, rows.c.span, func.count()).group_by(rows.c.outcome, rows.c.span)
    found: dict[str, list[int]] = {}
    for name, number, count in await session.execute(query):
        found.setdefault(name, [0] * spans)[number] = count
    return {name: tuple(counts) for name, counts in found.items()}


async def _counts(session: AsyncSession, column: Any, theirs: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    query = (
        select(column, func.count())
        .where(*theirs, column.is_not(None))
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return dict((await session.execute(query)).all())


class _SecondsBetween(FunctionElement[float]):
    """The seconds from the first moment to the second, which each database works out in its own way."""

    name = "seconds_between"
    type = Float()
    inherit_cache = True


@compiles(_SecondsBetween)
def _in_postgresql(element: _SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM ({second} - {first}))"


@compiles(_SecondsBetween, "sqlite")
def _in_sqlite(element: _SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({second}) - julianday({first})) * 86400.0)"


async def _seconds(
    session: AsyncSession, span: ColumnElement[int], theirs: tuple[ColumnElement[bool], ...]
) -> dict[int, Seconds]:
    """By span, the nearest-rank percentiles 50 and 95: the value at place ceil(p * n) of the n in order."""
    took = _SecondsBetween(RequestRow.received_at, RequestRow.finished_at)
    told = RequestRow.state.in_((State.ANSWERED.value, State.REFUSED.value))
    ranked = (
        select(
            span.label("span"),
            took.label("took"),
            func.row_number().over(partition_by=span, order_by=took).label("place"),
            func.count().over(partition_by=span).label("count"),
        )
        .where(*theirs, told, RequestRow.finished_at.is_not(None))
        .subquery()
    )

    def at(percent: int) -> ColumnElement[float]:
        place = (ranked.c.count * percent + 99) // 100
        return func.max(case((ranked.c.place == place, ranked.c.took)))

    query = select(ranked.c.span, at(50), at(95)).group_by(ranked.c.span)
    return {number: Seconds(float(half), float(most)) for number, half, most in await session.execute(query)}
