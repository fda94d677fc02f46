"""What the journal keeps of one person beside the pictures in work, and what that person may do about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from journal.entries import Answered, Reading, State, Wants
from journal.tables import AlbumRow, Base, BroadcastRow, Choice, Letter, RequestRow, User
from journal.turns import in_turn
from journal.wiping import empty_log

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]


Rows = list[dict[str, Any]]


class People:
    """Part of the ``Journal``: every method is one of its transactions. ``user_id`` is Telegram's."""

    def __init__(self, engine: AsyncEngine, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._transaction = transaction
        self._now = now

    async def choose_language(self, user_id: int, language: str | None) -> None:
        """The person is answered in ``language`` from now on; None: in the language that their Telegram speaks."""
        async with self._transaction() as session:
            await in_turn(session, user_id)
            user = await session.get(User, user_id)
            if user is not None:
                user.chosen_language = language
            elif language is not None:
                now = self._now()
                session.add(User(id=user_id, chosen_language=language, first_seen=now, last_seen=now))

    async def chosen_language(self, user_id: int) -> str | None:
        """The language that the person chose, if any."""
        async with self._transaction() as session:
            user = await session.get(User, user_id)
            return None if user is None else user.chosen_language

    async def reads(self, user_id: int) -> str | None:
        """The language to write to the person in: the chosen one, else that of their Telegram, if either is known."""
        async with self._transaction() as session:
            user = await session.get(User, user_id)
            return None if user is None else user.reads

    async def chosen_languages(self) -> dict[int, str]:
        """The language of each person who chose one."""
        async with self._transaction() as session:
            query = select(User.id, User.chosen_language).where(User.chosen_language.is_not(None))
            return {user_id: language for user_id, language in await session.execute(query) if language}

    async def everything(self, user_id: int) -> dict[str, Rows]:
        """All rows of the person, by the name of their table: each column by its name, times as ISO 8601 texts.

        Empty where the journal holds nothing of them.
        """
        async with self._transaction() as session:
            found: dict[str, Rows] = {}
            for query in (
                select(User).where(User.id == user_id),
                select(RequestRow).where(RequestRow.user_id == user_id).order_by(RequestRow.id),
                select(AlbumRow).where(AlbumRow.user_id == user_id),
                select(Choice).where(Choice.user_id == user_id),
                select(Letter).where(Letter.user_id == user_id),
            ):
                for row in await session.scalars(query):
                    found.setdefault(row.__tablename__, []).append(_columns(row))
            return found

    async def history(self, bot_id: int, user_id: int, *, skip: int, most: int) -> list[Answered]:
        """The person's answered pictures, newest first: at most ``most`` after the first ``skip``."""
        async with self._transaction() as session:
            theirs = (
                RequestRow.bot_id == bot_id,
                RequestRow.user_id == user_id,
                RequestRow.state == State.ANSWERED.value,
                RequestRow.reopens.is_(None),
            )
            query = select(RequestRow).where(*theirs).order_by(RequestRow.id.desc()).offset(skip).limit(most)
            return [as_answered(row) for row in await session.scalars(query)]

    async def answered(self, request_id: int) -> Answered | None:
        """The request if it was answered with a reading."""
        async with self._transaction() as session:
            row = await session.get(RequestRow, request_id)
            if row is None or row.state != State.ANSWERED.value or row.wants != Wants.ANSWER.value:
                return None
            return as_answered(row)

    async def forget(self, bot_id: int, user_id: int, *, even_owed: bool = False) -> bool:
        """Removes all rows of the person, and what the files still show of them.

        False, and nothing is removed: ``bot_id`` still owes the person an answer, and not ``even_owed`` ones may go.
        """
        async with self._transaction() as session:
            await in_turn(session, user_id)
            owed = (
                RequestRow.bot_id == bot_id,
                RequestRow.user_id == user_id,
                RequestRow.state == State.RECEIVED.value,
            )
            if not even_owed and await session.scalar(select(func.count()).select_from(RequestRow).where(*owed)):
                return False
            # A broadcast on its way goes on from where it is, without naming the person.
            there = update(BroadcastRow).where(BroadcastRow.last_user_id == user_id)
            await session.execute(there.values(last_user_id=user_id - 1))
            for table in (RequestRow, AlbumRow, Choice, Letter):
                await session.execute(delete(table).where(table.user_id == user_id))
            await session.execute(delete(User).where(User.id == user_id))
        await empty_log(self._engine)
        return True


def _columns(row: Base) -> dict[str, Any]:
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def as_answered(row: RequestRow) -> Answered:
    """An answered request as the rest of the house knows it."""
    return Answered(
        id=row.id,
        bot_id=row.bot_id,
        user_id=row.user_id,
        received_at=row.received_at,
        file_id=row.file_id,
        file_size=row.file_size,
        reading=reading_of(row),
    )


def reading_of(row: RequestRow) -> Reading:
    """What the model said, of a request that was answered."""
    return Reading(**{field.name: getattr(row, field.name) for field in fields(Reading)})
