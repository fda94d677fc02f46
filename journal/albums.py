"""Pictures sent together, which are one case: its parts, and whether their summary is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from journal.entries import Incoming, Reading, State
from journal.leases import Leases
from journal.people import Transaction, reading_of
from journal.tables import AlbumRow, RequestRow, User

NO_SUMMARY = 0
"""In the place of a summary's message: the summary was owed and could not be delivered. A message's number with a minus
before it stands for a summary that is out of date, since a part has come after it."""


@dataclass(frozen=True)
class Part:
    """What became of a picture of an album: its ``reading``, or the code of its refusal, or neither."""

    message_id: int
    state: State
    reading: Reading | None
    refusal: str | None
    model: str | None


@dataclass(frozen=True)
class Case:
    """An album all parts of which have their outcome, in the order in which they were sent. ``language`` is the one to
    answer in; ``summary_message_id`` is the message of a summary that is out of date."""

    language: str | None
    last_part_at: datetime
    parts: tuple[Part, ...]
    summary_message_id: int | None


Key = tuple[int, int, str]
"""Bot, chat and album."""


class Albums:
    """Part of the ``Journal``: every method is one of its transactions."""

    def __init__(self, transaction: Transaction, leases: Leases) -> None:
        self._transaction = transaction
        self._leases = leases

    async def is_begun(self, bot_id: int, chat_id: int, album: str) -> bool:
        """Whether a part of the album was accepted."""
        async with self._transaction() as session:
            return await session.get(AlbumRow, (bot_id, chat_id, album)) is not None

    async def owed(self, bot_id: int) -> list[tuple[int, str]]:
        """Chat and album of each summary that is to be sent or brought up to date, now or once all parts are
        answered."""
        async with self._transaction() as session:
            row = AlbumRow
            query = select(row.chat_id, row.album).where(
                row.bot_id == bot_id, or_(row.summary_message_id.is_(None), row.summary_message_id < 0)
            )
            return [(chat_id, album) for chat_id, album in await session.execute(query)]

    async def case(self, bot_id: int, chat_id: int, album: str) -> Case | None:
        """The album if its summary can be made now, leased to this process; None: it is not owed, or parts have no
        outcome yet, or only one picture came, or all were taken back, or another process is about to sum it up."""
        async with self._transaction() as session:
            this = (AlbumRow.bot_id == bot_id, AlbumRow.chat_id == chat_id, AlbumRow.album == album)
            free = select(AlbumRow).where(*this, ~self._leases.elsewhere(AlbumRow))
            row = await session.scalar(free.with_for_update(skip_locked=True))
            if row is None or (row.summary_message_id is not None and row.summary_message_id >= NO_SUMMARY):
                return None
            query = select(RequestRow).where(*_of(bot_id, chat_id, album)).order_by(RequestRow.id)
            requests = list(await session.scalars(query))
            states = {request.state for request in requests}
            latest = _latest(requests)
            if State.RECEIVED in states or states == {State.CANCELLED} or len(latest) < 2:
                return None
            user = await session.get_one(User, row.user_id)
            self._leases.lease(row)
            return Case(
                language=user.reads,
                last_part_at=row.last_part_at,
                parts=tuple(_part(latest[message_id]) for message_id in sorted(latest)),
                summary_message_id=None if row.summary_message_id is None else -row.summary_message_id,
            )

    async def summed_up(self, bot_id: int, chat_id: int, album: str, case: Case, message_id: int) -> None:
        """The person has the summary of ``case``, in message ``message_id``; ``NO_SUMMARY``: it cannot be delivered."""
        async with self._transaction() as session:
            row = await session.get(AlbumRow, (bot_id, chat_id, album))
            if row is not None:
                row.summary_message_id = message_id if row.last_part_at == case.last_part_at else -message_id
                row.leased_by = row.leased_until = None


async def album_model(session: AsyncSession, incoming: Incoming) -> str | None:
    """The model that an earlier part of the album was sent for."""
    # Telegram puts the caption on one picture of an album and sends each as a message of its own.
    if incoming.album is None:
        return None
    album = _of(incoming.bot_id, incoming.chat_id, incoming.album)
    # A picture that was read again by another model says nothing about the others.
    first = select(func.min(RequestRow.id)).where(*album).group_by(RequestRow.message_id)
    query = select(RequestRow.model_asked).where(RequestRow.id.in_(first), RequestRow.model_asked.is_not(None))
    model: str | None = await session.scalar(query.order_by(RequestRow.id).limit(1))
    return model


async def add_part(session: AsyncSession, incoming: Incoming, model: str | None, now: datetime) -> None:
    """Notes that a part of the album has come, before it is journaled itself: a summary is out of date from now on, and
    parts that still wait take over the ``model`` of this one."""
    key = (incoming.bot_id, incoming.chat_id, incoming.album or "")
    row = await session.get(AlbumRow, key)
    if row is None:
        bot_id, chat_id, album = key
        row = AlbumRow(bot_id=bot_id, chat_id=chat_id, album=album, user_id=incoming.user_id, last_part_at=now)
        session.add(row)
    row.last_part_at = now
    if row.summary_message_id is not None:
        row.summary_message_id = -abs(row.summary_message_id)
    same_picture = (*_of(*key), RequestRow.message_id == incoming.message_id)
    if model is not None and await session.scalar(select(RequestRow.id).where(*same_picture).limit(1)) is None:
        await hand_over_model(session, key, None, model)


async def hand_over_model(session: AsyncSession, key: Key, before: str | None, model: str) -> None:
    """Parts that still wait, and were for the model ``before``, are for ``model`` now."""
    waiting = (RequestRow.state == State.RECEIVED.value, RequestRow.attempts == 0, RequestRow.model_asked == before)
    await session.execute(update(RequestRow).where(*_of(*key), *waiting).values(model_asked=model))


def _of(bot_id: int, chat_id: int, album: str) -> tuple[ColumnElement[bool], ...]:
    return RequestRow.bot_id == bot_id, RequestRow.chat_id == chat_id, RequestRow.album == album


def _latest(requests: list[RequestRow]) -> dict[int, RequestRow]:
    """Of each picture, by its message, what was last said of it: a reading rather than why there is none."""
    found: dict[int, RequestRow] = {}
    for request in requests:
        known = found.get(request.message_id)
        if known is None or known.verdict is None or request.verdict is not None:
            found[request.message_id] = request
    return found


def _part(row: RequestRow) -> Part:
    return Part(
        message_id=row.message_id,
        state=State(row.state),
        reading=reading_of(row) if row.verdict is not None else None,
        refusal=row.refusal_code,
        model=row.model,
    )
