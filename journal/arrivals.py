"""How a picture gets into the journal: who sent it, which model it is for, which album it belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from journal.albums import add_part, album_model
from journal.entries import Incoming, Request, State, Wants
from journal.tables import Choice, RequestRow, User
from journal.turns import in_turn


async def is_known(session: AsyncSession, incoming: Incoming) -> bool:
    """Whether this update was journaled before."""
    same_update = (RequestRow.bot_id == incoming.bot_id, RequestRow.update_id == incoming.update_id)
    return await session.scalar(select(RequestRow.id).where(*same_update)) is not None


async def take_in(session: AsyncSession, incoming: Incoming, now: datetime) -> Request | None:
    """Journals a picture as ``received``; None: its update was journaled before."""
    await in_turn(session, incoming.user_id)
    if await is_known(session, incoming):
        return None
    user = await see(session, incoming, now)
    model = incoming.model or await album_model(session, incoming)
    chosen = None if incoming.reopens else await _take_choice(session, incoming, now)
    if incoming.album is not None:
        await add_part(session, incoming, model or chosen, now)
    row = new_row(incoming, now, model_asked=model or chosen, state=State.RECEIVED.value)
    session.add(row)
    await session.flush()
    return as_request(row, user)


async def see(session: AsyncSession, incoming: Incoming, now: datetime) -> User:
    """The row of the person, who has just written."""
    user = await session.get(User, incoming.user_id)
    if user is None:
        user = User(id=incoming.user_id, language=incoming.language, first_seen=now, last_seen=now)
        session.add(user)
        await session.flush()
    else:
        user.language, user.last_seen, user.blocked_at = incoming.language, now, None
    return user


def new_row(incoming: Incoming, now: datetime, **values: object) -> RequestRow:
    """The row of what has just come in, with ``values`` beside."""
    return RequestRow(
        bot_id=incoming.bot_id,
        update_id=incoming.update_id,
        user_id=incoming.user_id,
        chat_id=incoming.chat_id,
        message_id=incoming.message_id,
        album=incoming.album,
        file_id=incoming.file_id,
        file_size=incoming.file_size,
        attempts=0,
        received_at=now,
        reopens=incoming.reopens,
        wants=incoming.wants.value,
        of_another=incoming.of_another,
        **values,
    )


def as_request(row: RequestRow, user: User) -> Request:
    """The row and its person as those outside the journal know them."""
    return Request(
        id=row.id,
        user_id=row.user_id,
        chat_id=row.chat_id,
        message_id=row.message_id,
        file_id=row.file_id,
        file_size=row.file_size,
        language=user.reads,
        model=row.model_asked,
        state=State(row.state),
        attempts=row.attempts,
        album=row.album,
        reopens=row.reopens,
        wants=Wants(row.wants),
        of_another=row.of_another,
        notice_message_id=row.notice_message_id,
        received_at=row.received_at,
    )


async def _take_choice(session: AsyncSession, incoming: Incoming, now: datetime) -> str | None:
    choice = await session.get(Choice, (incoming.bot_id, incoming.chat_id, incoming.user_id))
    if choice is None:
        return None
    await session.delete(choice)
    return choice.model if choice.expires_at > now else None
