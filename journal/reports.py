"""Which answer a report is asked of, and whether one is already on its way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from journal.entries import Answered, State, Wants
from journal.people import Transaction, as_answered
from journal.tables import RequestRow


@dataclass(frozen=True)
class Reported:
    """A request that a report is asked of: whose it is, and what became of it (``answered`` is None: no reading).

    ``of_another``: the picture is somebody else's; ``pending``: it is still in work.
    """

    user_id: int
    of_another: bool
    pending: bool
    answered: Answered | None


class Reports:
    """Part of the ``Journal``: every method is one of its transactions. Ids of messages and people are Telegram's."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def of(self, bot_id: int, request_id: int) -> Reported | None:
        """The request ``request_id``; None: there is none, or none any more."""
        async with self._transaction() as session:
            row = await session.get(RequestRow, request_id)
            return await _reported(session, row) if row is not None and row.bot_id == bot_id else None

    async def behind(self, bot_id: int, chat_id: int, message_id: int) -> Reported | None:
        """The request that the message answers, shows again or reports; or the latest one about the message, when that
        holds a picture. None: it is neither."""
        async with self._transaction() as session:
            here = RequestRow.bot_id == bot_id, RequestRow.chat_id == chat_id
            # A picture may have been read by several models; the latest that has an answer is wanted.
            best = (RequestRow.state == State.ANSWERED.value).desc(), RequestRow.id.desc()
            # What shows an answer again stands in reply to a message that holds no picture.
            with_picture = (RequestRow.message_id == message_id) & RequestRow.reopens.is_(None)
            for it in (RequestRow.answer_message_id == message_id, with_picture):
                row = await session.scalar(select(RequestRow).where(*here, it).order_by(*best).limit(1))
                if row is not None:
                    return await _reported(session, row)
            return None

    async def last(self, bot_id: int, user_id: int) -> Reported | None:
        """The latest answer to a picture of the person's own."""
        async with self._transaction() as session:
            theirs = (
                RequestRow.bot_id == bot_id,
                RequestRow.user_id == user_id,
                RequestRow.state == State.ANSWERED.value,
                RequestRow.reopens.is_(None),
                RequestRow.of_another.is_(False),
            )
            row = await session.scalar(select(RequestRow).where(*theirs).order_by(RequestRow.id.desc()).limit(1))
            return None if row is None else await _reported(session, row)

    async def on_its_way(self, request_id: int) -> bool:
        """Whether a report of the request is still in work."""
        async with self._transaction() as session:
            waiting = (
                RequestRow.reopens == request_id,
                RequestRow.wants == Wants.REPORT.value,
                RequestRow.state == State.RECEIVED.value,
            )
            return bool(await session.scalar(select(func.count()).select_from(RequestRow).where(*waiting)))


async def _reported(session: AsyncSession, row: RequestRow) -> Reported | None:
    if row.reopens is not None:
        original = await session.get(RequestRow, row.reopens)
        return None if original is None else await _reported(session, original)
    state = State(row.state)
    return Reported(
        user_id=row.user_id,
        of_another=row.of_another,
        pending=state is State.RECEIVED,
        answered=as_answered(row) if state is State.ANSWERED else None,
    )
