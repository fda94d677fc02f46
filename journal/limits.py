"""How much one person may ask for in a while, counted from what is journaled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from journal.arrivals import is_known, new_row, see
from journal.entries import RATE_LIMITED, Incoming, State
from journal.people import Transaction
from journal.tables import AlbumRow, RequestRow
from journal.turns import in_turn


@dataclass(frozen=True)
class RateLimit:
    """At most ``cases`` of a person within ``window``. The pictures of an album are one case; one that is read again is
    a case of its own."""

    cases: int
    window: timedelta


class Limits:
    """Part of the ``Journal``: every method is one of its transactions."""

    def __init__(self, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._transaction = transaction
        self._now = now

    async def refuse(self, incoming: Incoming, limit: RateLimit) -> timedelta | None:
        """In how long the person may try again, if this is a case too many; it is journaled as refused. None: it is to
        be accepted, or its update was journaled before.

        The parts of an album that was begun are accepted, however many the person has sent.
        """
        try:
            return await self._refuse(incoming, limit)
        except IntegrityError:
            # Another process journaled the same update, or the same person, a moment ago.
            return await self._refuse(incoming, limit)

    async def _refuse(self, incoming: Incoming, limit: RateLimit) -> timedelta | None:
        async with self._transaction() as session:
            await in_turn(session, incoming.user_id)
            if await is_known(session, incoming) or await _continues_album(session, incoming):
                return None
            now = self._now()
            begun = await _cases(session, incoming, now - limit.window, now)
            if len(begun) < limit.cases:
                return None
            await see(session, incoming, now)
            refused = {"state": State.REFUSED.value, "refusal_code": RATE_LIMITED, "finished_at": now}
            session.add(new_row(incoming, now, model_asked=incoming.model, **refused))
            return begun[-limit.cases] + limit.window - now


async def _continues_album(session: AsyncSession, incoming: Incoming) -> bool:
    if incoming.album is None:
        return False
    if await session.get(AlbumRow, (incoming.bot_id, incoming.chat_id, incoming.album)) is None:
        return False
    same_picture = (
        RequestRow.bot_id == incoming.bot_id,
        RequestRow.chat_id == incoming.chat_id,
        RequestRow.message_id == incoming.message_id,
    )
    return await session.scalar(select(RequestRow.id).where(*same_picture).limit(1)) is None


async def _cases(session: AsyncSession, incoming: Incoming, since: datetime, until: datetime) -> list[datetime]:
    """When each case of the person began, oldest first. What was refused as too much, or taken back, counts for
    nothing; nor does what came later than now: the clock was put back, and would count it for as long again."""
    row = RequestRow
    query = (
        select(row.id, row.chat_id, row.message_id, row.album, row.received_at)
        .where(
            row.bot_id == incoming.bot_id,
            row.user_id == incoming.user_id,
            row.received_at > since,
            row.received_at <= until,
            row.state != State.CANCELLED.value,
            or_(row.refusal_code.is_(None), row.refusal_code != RATE_LIMITED),
        )
        .order_by(row.id)
    )
    pictures: set[tuple[int, int]] = set()
    cases: dict[tuple[int, str | None, int], datetime] = {}
    for request_id, chat_id, message_id, album, received_at in await session.execute(query):
        read_again = (chat_id, message_id) in pictures
        pictures.add((chat_id, message_id))
        alone = album is None or read_again
        cases.setdefault((chat_id, None, request_id) if alone else (chat_id, album, 0), received_at)
    return sorted(cases.values())
