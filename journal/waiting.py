"""Pictures that wait for their turn: the messages that say so, and what a person may still change about them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from journal.albums import hand_over_model
from journal.arrivals import as_request
from journal.entries import RATE_LIMITED, Request, State, Wants
from journal.leases import Leases
from journal.people import Transaction
from journal.tables import Choice, RequestRow, User
from journal.turns import in_turn

InHand = Callable[[], Collection[int]]
"""The requests that this process works on. Asked inside the transaction, so that none is taken while it decides."""


@dataclass(frozen=True)
class Cancelled:
    """What was taken back: requests, and whether a ``model`` was that had been chosen ahead. ``in_work``: a picture is
    read at the moment, and will be answered."""

    requests: tuple[Request, ...]
    model: bool
    in_work: bool


@dataclass(frozen=True)
class Notice:
    """The message that told the place in the queue of a request that has its outcome since."""

    request_id: int
    chat_id: int
    message_id: int


class Waiting:
    """Part of the ``Journal``: every method is one of its transactions."""

    def __init__(self, transaction: Transaction, now: Callable[[], datetime], leases: Leases) -> None:
        self._transaction = transaction
        self._now = now
        self._leases = leases

    async def request(self, request_id: int) -> Request | None:
        """The request, if it still has no outcome and no other process works on it."""
        async with self._transaction() as session:
            row = await session.get(RequestRow, request_id)
            if row is None or row.state != State.RECEIVED.value or await self._leases.elsewhere_of(session, [row]):
                return None
            return as_request(row, await session.get_one(User, row.user_id))

    async def note(self, request_id: int, message_id: int | None) -> None:
        """The place of the request is told in message ``message_id``; None: that message is gone."""
        async with self._transaction() as session:
            found = RequestRow.id == request_id
            await session.execute(update(RequestRow).where(found).values(notice_message_id=message_id))

    async def outdated_notices(self, bot_id: int) -> list[Notice]:
        """The messages that tell a place which nobody waits at any more."""
        async with self._transaction() as session:
            row = RequestRow
            query = select(row.id, row.chat_id, row.notice_message_id).where(
                row.bot_id == bot_id, row.notice_message_id.is_not(None), row.state != State.RECEIVED.value
            )
            found = await session.execute(query)
            return [Notice(request_id, chat_id, told or 0) for request_id, chat_id, told in found]

    async def cancel(self, bot_id: int, chat_id: int, user_id: int, in_hand: InHand) -> Cancelled:
        """Takes back the person's pictures that wait in this chat, and the model chosen ahead here."""
        async with self._transaction() as session:
            await in_turn(session, user_id)
            theirs = (
                RequestRow.bot_id == bot_id,
                RequestRow.chat_id == chat_id,
                RequestRow.user_id == user_id,
                RequestRow.state == State.RECEIVED.value,
                RequestRow.wants == Wants.ANSWER.value,
            )
            rows = list(await session.scalars(select(RequestRow).where(*theirs).order_by(RequestRow.id)))
            choice = await session.get(Choice, (bot_id, chat_id, user_id))
            now, kept = self._now(), {*in_hand(), *await self._leases.elsewhere_of(session, rows)}
            waiting = [row for row in rows if row.id not in kept]
            for row in waiting:
                row.state, row.finished_at = State.CANCELLED.value, now
            if choice is not None:
                await session.delete(choice)
            user = await session.get(User, user_id)
            return Cancelled(
                requests=() if user is None else tuple(as_request(row, user) for row in waiting),
                model=choice is not None and choice.expires_at > now,
                in_work=len(waiting) < len(rows),
            )

    async def change_model(self, bot_id: int, chat_id: int, message_id: int, model: str, in_hand: InHand) -> bool:
        """The picture of this message is to be read by ``model`` after all. True: it is to be read again for that;
        False: it still waits and will be, or was, or nothing is known of it."""
        async with self._transaction() as session:
            these = (
                RequestRow.bot_id == bot_id,
                RequestRow.chat_id == chat_id,
                RequestRow.message_id == message_id,
                RequestRow.reopens.is_(None),
                RequestRow.wants == Wants.ANSWER.value,
            )
            latest = select(RequestRow).where(*these).order_by(RequestRow.id.desc()).limit(1)
            row = await session.scalar(latest.with_for_update())
            if row is None:
                return False
            if row.state == State.CANCELLED.value or row.refusal_code == RATE_LIMITED:
                return True
            if model in (row.model_asked, row.model):
                return False
            if row.state != State.RECEIVED.value:
                return True
            if row.id in (*in_hand(), *await self._leases.elsewhere_of(session, [row])):
                return True
            if row.album is not None:
                await hand_over_model(session, (bot_id, chat_id, row.album), row.model_asked, model)
            row.model_asked = model
            return False
