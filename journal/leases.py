"""Who works on which request: one process of those that share a journal, and no other as long as its lease runs.

A process renews the leases of what it works on. When it dies they run out, and others take its requests. A file of
SQLite's is one process's: nobody else is asked, so that after a restart everything unfinished is taken up at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import aliased

from journal.entries import State
from journal.failures import JournalUnavailable, LeaseLost
from journal.people import Transaction
from journal.tables import AlbumRow, RequestRow
from journal.turns import in_turn

LEASE: Final = timedelta(seconds=30)
"""How long after a process's last sign of life others take over its requests."""
RENEWALS: Final = 3
"""Signs of life in the time of a lease."""
LOOK_SECONDS: Final = 5.0
"""How often a process looks for what has become free, if nobody tells it."""


class Leases:
    """Part of the ``Journal``. ``shared``: other processes may work on the same requests; then the server's clock, and
    no process's own, says which leases still run."""

    def __init__(
        self, engine: AsyncEngine, transaction: Transaction, now: Callable[[], datetime], lease: timedelta = LEASE
    ) -> None:
        self.shared = engine.dialect.name == "postgresql"
        self._engine = engine
        self._transaction = transaction
        self._now = now
        self._lease = lease
        self._holder = uuid4().hex

    async def claim(self, session: AsyncSession, request_id: int) -> RequestRow | None:
        """The row, leased to this process, if it still waits and is the next of its person that may be worked on."""
        row, other = RequestRow, aliased(RequestRow)
        query = select(row).where(row.id == request_id, row.state == State.RECEIVED.value)
        if self.shared:
            person = await session.scalar(select(row.user_id).where(row.id == request_id))
            if person is None:
                return None
            # Each claim for a person sees what the one before it has leased.
            await in_turn(session, person)
            before = or_(other.id < row.id, self.elsewhere(other))
            query = query.where(~self.elsewhere(row), ~exists().where(*_beside(row, other), before))
        found: RequestRow | None = await session.scalar(query.with_for_update(skip_locked=True))
        if found is not None:
            self.lease(found)
        return found

    def lease(self, row: RequestRow | AlbumRow) -> None:
        """From now on this process works on it."""
        row.leased_by, row.leased_until = self._holder, self._end()

    async def renew(self, request_id: int) -> None:
        """Lets the lease run anew from now. Raises ``LeaseLost``."""
        if not self.shared:
            return
        async with self._transaction() as session:
            held = (*self.held_here(request_id), RequestRow.state == State.RECEIVED.value)
            renewed = update(RequestRow).where(*held).values(leased_until=self._end()).returning(RequestRow.id)
            if await session.scalar(renewed) is None:
                raise LeaseLost("another process works on it, or it is gone")

    @asynccontextmanager
    async def kept(self, request_id: int) -> AsyncIterator[None]:
        """Renews the lease as long as the block runs."""
        if not self.shared:
            yield
            return
        renewing = asyncio.create_task(self._renew(request_id))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def changes(self) -> AsyncGenerator[None]:
        """Yields whenever others may have left something to take up: soon after they accepted it or gave it back, and
        every ``LOOK_SECONDS`` because they may have died. Never where the journal is not shared."""
        if self.shared:
            from journal.postgresql import rings  # noqa: PLC0415 - it needs a driver that not everybody has

            async with aclosing(rings(self._engine, self._holder, LOOK_SECONDS)) as heard:
                async for _ in heard:
                    yield

    async def ring(self, session: AsyncSession) -> None:
        """Tells the others, once the transaction is committed, that there is something to take up."""
        if self.shared:
            from journal.postgresql import CHANNEL  # noqa: PLC0415

            await session.execute(select(func.pg_notify(CHANNEL, self._holder)))

    def held_here(self, request_id: int) -> tuple[ColumnElement[bool], ...]:
        """Says of a row that it is the request, and that no other process has taken it over."""
        return RequestRow.id == request_id, RequestRow.leased_by == self._holder

    def served_elsewhere(self) -> ColumnElement[bool]:
        """Says of a row that another process works for its person."""
        if not self.shared:
            return false()
        other = aliased(RequestRow)
        return or_(self.elsewhere(RequestRow), exists().where(*_beside(RequestRow, other), self.elsewhere(other)))

    async def elsewhere_of(self, session: AsyncSession, rows: Sequence[RequestRow]) -> Sequence[int]:
        """The numbers of those ``rows`` that another process works on."""
        if not self.shared:
            return ()
        ids = [row.id for row in rows]
        return (await session.scalars(select(RequestRow.id).where(RequestRow.id.in_(ids), self.elsewhere()))).all()

    def elsewhere(self, row: Any = RequestRow) -> ColumnElement[bool]:
        """Says of a row of requests or albums that another process works on it."""
        if not self.shared:
            return false()
        leased = and_(row.leased_until > func.now(), row.leased_by != self._holder)
        return func.coalesce(leased, false())

    def _end(self) -> Any:
        return (func.now() if self.shared else self._now()) + self._lease

    async def _renew(self, request_id: int) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / RENEWALS)
            try:
                await self.renew(request_id)
            except JournalUnavailable:
                continue
            except LeaseLost:
                # Told to the work when it asks, before it sends anything.
                return


def _beside(row: Any, other: Any) -> tuple[ColumnElement[bool], ...]:
    """Says of ``other`` that it is another unfinished request of the person of ``row``."""
    return (
        other.bot_id == row.bot_id,
        other.user_id == row.user_id,
        other.state == State.RECEIVED.value,
        other.id != row.id,
    )
