"""Messages to everyone who uses a bot: written, sent person by person, and how far that has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_, select, update

from journal.people import Transaction
from journal.tables import BroadcastRow, Letter, RequestRow, User

DRAFT_LASTS = timedelta(days=1)


class Stage(StrEnum):
    """A broadcast is a ``DRAFT`` until it is said to be sent; then it is ``SENDING`` until it is over."""

    DRAFT = "draft"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Broadcast:
    """``text`` is Telegram's HTML; ``language`` is that of its readers, None: of whatever language. ``sent`` persons
    have it, ``failed`` could not be written to; ``last_user_id`` was the last of both."""

    id: int
    text: str
    language: str | None
    stage: Stage
    last_user_id: int
    sent: int
    failed: int


class Broadcasts:
    """Part of the ``Journal``: every method is one of its transactions.

    The table of persons is shared by all bots of a journal, and a bot may only write to whom it knows from a private
    chat: that is who sent it a picture there, or a letter.
    """

    def __init__(self, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._transaction = transaction
        self._now = now

    async def audience(self, bot_id: int) -> dict[str | None, int]:
        """How many persons a broadcast would go to, by the IETF tag of the language they read."""
        reads = func.coalesce(User.chosen_language, User.language)
        async with self._transaction() as session:
            query = select(reads, func.count()).where(*_reachable(bot_id)).group_by(reads)
            return dict((await session.execute(query)).all())

    async def recipients(self, bot_id: int, after: int, most: int) -> Sequence[tuple[int, str | None]]:
        """The next persons behind the person ``after``, by rising number, each with the IETF tag of their language."""
        reads = func.coalesce(User.chosen_language, User.language)
        async with self._transaction() as session:
            query = select(User.id, reads).where(*_reachable(bot_id), User.id > after).order_by(User.id).limit(most)
            return (await session.execute(query)).all()

    async def draft(self, bot_id: int, text: str, language: str | None) -> int:
        """Keeps ``text`` until it is said what is to become of it; its number. Drafts that were left are removed."""
        now = self._now()
        async with self._transaction() as session:
            left = (BroadcastRow.state == Stage.DRAFT.value, BroadcastRow.created_at < now - DRAFT_LASTS)
            await session.execute(delete(BroadcastRow).where(*left))
            row = BroadcastRow(
                bot_id=bot_id, text=text, language=language, state=Stage.DRAFT.value, created_at=now, last_user_id=0
            )
            session.add(row)
            await session.flush()
            return row.id

    async def discard(self, bot_id: int, broadcast_id: int) -> bool:
        """Removes a draft; False: it is none any more."""
        draft = (*_row(bot_id, broadcast_id), BroadcastRow.state == Stage.DRAFT.value)
        async with self._transaction() as session:
            found = cast(CursorResult[Any], await session.execute(delete(BroadcastRow).where(*draft)))
            return found.rowcount == 1

    async def begin(self, bot_id: int, broadcast_id: int) -> bool:
        """The draft is to be sent; False: it is none any more."""
        return await self._move(bot_id, broadcast_id, Stage.DRAFT, Stage.SENDING)

    async def end(self, bot_id: int, broadcast_id: int, stage: Stage) -> bool:
        """The sending is over: ``DONE`` or ``STOPPED``; False: it was over before."""
        # Whom it reached last matters only as long as it goes on.
        return await self._move(bot_id, broadcast_id, Stage.SENDING, stage, finished_at=self._now(), last_user_id=0)

    async def sending(self, bot_id: int) -> Broadcast | None:
        """The oldest that is to be sent, or to be sent on."""
        async with self._transaction() as session:
            query = (
                select(BroadcastRow)
                .where(BroadcastRow.bot_id == bot_id, BroadcastRow.state == Stage.SENDING.value)
                .order_by(BroadcastRow.id)
                .limit(1)
            )
            row = await session.scalar(query)
            return None if row is None else _broadcast(row)

    async def find(self, bot_id: int, broadcast_id: int) -> Broadcast | None:
        """The broadcast as it stands."""
        async with self._transaction() as session:
            row = await session.scalar(select(BroadcastRow).where(*_row(bot_id, broadcast_id)))
            return None if row is None else _broadcast(row)

    async def note(self, broadcast_id: int, user_id: int, *, reached: bool, gone: bool = False) -> Broadcast:
        """Person ``user_id`` has it, or could not be reached, for good if ``gone``; the broadcast as it stands then."""
        async with self._transaction() as session:
            row = await session.get_one(BroadcastRow, broadcast_id)
            row.last_user_id = user_id
            if reached:
                row.sent += 1
            else:
                row.failed += 1
            if gone:
                await session.execute(update(User).where(User.id == user_id).values(blocked_at=self._now()))
            return _broadcast(row)

    async def _move(self, bot_id: int, broadcast_id: int, before: Stage, after: Stage, **values: Any) -> bool:
        chosen = (*_row(bot_id, broadcast_id), BroadcastRow.state == before.value)
        async with self._transaction() as session:
            change = update(BroadcastRow).where(*chosen).values(state=after.value, **values)
            return cast(CursorResult[Any], await session.execute(change)).rowcount == 1


def _row(bot_id: int, broadcast_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return BroadcastRow.bot_id == bot_id, BroadcastRow.id == broadcast_id


def _reachable(bot_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    picture = select(RequestRow.id).where(
        RequestRow.user_id == User.id, RequestRow.bot_id == bot_id, RequestRow.chat_id == User.id
    )
    letter = select(Letter.id).where(Letter.user_id == User.id, Letter.bot_id == bot_id)
    return User.blocked_at.is_(None), or_(picture.exists(), letter.exists())


def _broadcast(row: BroadcastRow) -> Broadcast:
    return Broadcast(
        id=row.id,
        text=row.text,
        language=row.language,
        stage=Stage(row.state),
        last_user_id=row.last_user_id,
        sent=row.sent,
        failed=row.failed,
    )
