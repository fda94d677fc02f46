"""What is older than it is to be kept, and its removal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, delete, inspect, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from journal.api_tables import ApiRequestRow, RepeatRow
from journal.entries import State
from journal.people import Transaction
from journal.tables import AlbumRow, Base, BroadcastRow, Choice, Letter, RequestRow, User
from journal.wiping import empty_log

BATCH: Final = 500
"""Rows removed at a time: whoever accepts a picture meanwhile waits for one batch at most."""


class Retention:
    """Part of the ``Journal``: the removal of what is old, in many short transactions."""

    def __init__(self, engine: AsyncEngine, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._transaction = transaction
        self._now = now

    async def remove_older(self, than: timedelta) -> dict[str, int]:
        """Removes what came longer ago than ``than`` and has its outcome: pictures and answers, their albums, letters,
        broadcasts, what came over HTTP; and persons of whom nothing else is left and who have not written since. The
        rows removed, by table.

        What still waits for its answer stays, however old, and so do API keys. What has run out goes whatever its age:
        models chosen ahead, and answers kept for requests that are sent again.
        """
        now = self._now()
        before = now - than
        removed = {}
        for query in _old(before, now):
            table = query.column_descriptions[0]["entity"]
            if count := await self._remove(table, query):
                removed[str(table.__tablename__)] = count
        if removed:
            await empty_log(self._engine)
        return removed

    async def _remove(self, table: type[Base], query: Select[Any]) -> int:
        count = 0
        keys = inspect(table).primary_key
        name = keys[0] if len(keys) == 1 else tuple_(*keys)
        while True:
            async with self._transaction() as session:
                rows = await session.execute(query.with_only_columns(*keys).limit(BATCH))
                found = [row[0] if len(keys) == 1 else tuple(row) for row in rows]
                if found:
                    # The condition once more: somebody may have written since, and is waited for here.
                    still = () if query.whereclause is None else (query.whereclause,)
                    await session.execute(delete(table).where(name.in_(found), *still))
            count += len(found)
            if len(found) < BATCH:
                return count


def _old(before: datetime, now: datetime) -> tuple[Select[Any], ...]:
    """What is to go, in an order in which nothing is left that refers to what is gone."""
    request, album, api = RequestRow, AlbumRow, ApiRequestRow
    waiting = (
        select(request.id)
        .where(
            request.bot_id == album.bot_id,
            request.chat_id == album.chat_id,
            request.album == album.album,
            request.state == State.RECEIVED.value,
        )
        .exists()
    )
    kept = [select(table.user_id).where(table.user_id == User.id).exists() for table in (request, album, Letter)]
    unused = select(Choice.user_id).where(Choice.user_id == User.id, Choice.expires_at > now).exists()
    return (
        # By number, which rises with time: a batch is found at the beginning of the table.
        select(request).where(request.received_at < before, request.state != State.RECEIVED.value).order_by(request.id),
        select(album).where(album.last_part_at < before, ~waiting),
        select(Letter).where(Letter.written_at < before),
        select(BroadcastRow).where(BroadcastRow.finished_at < before),
        select(api).where(api.received_at < before, api.state != State.RECEIVED.value),
        select(RepeatRow).where(RepeatRow.expires_at <= now),
        select(Choice).where(Choice.expires_at <= now),
        select(User).where(and_(User.last_seen < before, ~or_(*kept, unused))),
    )
