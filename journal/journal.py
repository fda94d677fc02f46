"""The journal itself: what is accepted, what is in work, what became of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Counter
from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from journal.albums import Albums
from journal.api import Api
from journal.api_keys import ApiKeys
from journal.arrivals import as_request, take_in
from journal.broadcasts import Broadcasts
from journal.conversation import Conversation
from journal.entries import Incoming, Milliseconds, Original, Reading, Request, State
from journal.failures import JournalUnavailable
from journal.history import Outcome, outcomes_since
from journal.leases import Leases
from journal.limits import Limits
from journal.people import People
from journal.reports import Reports
from journal.retention import Retention
from journal.statistics import Statistics
from journal.tables import Choice, RequestRow, User
from journal.waiting import Waiting

CHOICE_LASTS = timedelta(minutes=10)

UNAVAILABLE = Counter("second_look_journal_unavailable", "Transactions that the journal could not do")


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


class Journal:
    """Every method is one committed transaction, or raises ``JournalUnavailable`` and changed nothing."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._now = now
        self.leases = Leases(engine, self._transaction, now)
        self.people = People(engine, self._transaction, now)
        self.albums = Albums(self._transaction, self.leases)
        self.api = Api(self._transaction, now)
        self.api_keys = ApiKeys(self._transaction, now)
        self.broadcasts = Broadcasts(self._transaction, now)
        self.conversation = Conversation(self._transaction, now)
        self.limits = Limits(self._transaction, now)
        self.reports = Reports(self._transaction)
        self.retention = Retention(engine, self._transaction, now)
        self.statistics = Statistics(self._transaction, now)
        self.waiting = Waiting(self._transaction, now, self.leases)

    async def close(self) -> None:
        """Closes the connections; nothing else is pending."""
        await self._engine.dispose()

    async def accept(self, incoming: Incoming) -> Request | None:
        """Journals a picture as ``received``. None: this update was journaled before.

        A picture whose sender named no model takes the one named for its album, or the one chosen ahead. One that
        brings a model hands it on to the pictures of its album that still wait.
        """
        try:
            return await self._accept(incoming)
        except IntegrityError:
            # Another process journaled the same update, or the same person, a moment ago: now it is there to be read.
            return await self._accept(incoming)

    async def _accept(self, incoming: Incoming) -> Request | None:
        async with self._transaction() as session:
            request = await take_in(session, incoming, self._now())
            if request is not None:
                await self.leases.ring(session)
            return request

    async def pending(self, bot_id: int) -> list[Request]:
        """All requests still ``received``, oldest first; but for those of persons whom another process works for."""
        async with self._transaction() as session:
            query = (
                select(RequestRow, User)
                .join(User, User.id == RequestRow.user_id)
                .where(
                    RequestRow.bot_id == bot_id,
                    RequestRow.state == State.RECEIVED.value,
                    ~self.leases.served_elsewhere(),
                )
                .order_by(RequestRow.id)
            )
            return [as_request(row, user) for row, user in await session.execute(query)]

    async def take(self, request_id: int) -> Request | None:
        """Counts an attempt and hands the request out, for as long as its lease. None: it has its answer already; or
        another process works for this person, or is to answer an earlier request of theirs first.

        The attempt is committed before the work begins, so a picture that kills the process is found out.
        """
        async with self._transaction() as session:
            row = await self.leases.claim(session, request_id)
            if row is None:
                return None
            row.attempts += 1
            row.started_at = self._now()
            user = await session.get_one(User, row.user_id)
            return as_request(row, user)

    async def release(self, request_id: int) -> None:
        """Takes the last attempt back, and gives the request to whoever wants it: the work was cut short through no
        fault of the picture."""
        async with self._transaction() as session:
            held = (*self.leases.held_here(request_id), RequestRow.state == State.RECEIVED.value)
            given_back = {"attempts": RequestRow.attempts - 1, "leased_by": None, "leased_until": None}
            await session.execute(update(RequestRow).where(*held).values(given_back))
            await self.leases.ring(session)

    async def finish_answered(
        self, request_id: int, reading: Reading, milliseconds: Milliseconds, answer_message_id: int | None
    ) -> None:
        """The person has the diagnosis, in message ``answer_message_id`` (None: it could not be delivered any more)."""
        await self._finish(
            request_id,
            State.ANSWERED,
            milliseconds,
            answer_message_id=answer_message_id,
            verdict=reading.verdict,
            model=reading.model,
            version=reading.version,
            weights_hash=reading.weights_hash,
            engine=reading.engine,
            probabilities=dict(reading.probabilities),
            novelty=reading.novelty,
        )

    async def finish_refused(
        self,
        request_id: int,
        code: str,
        milliseconds: Milliseconds,
        *,
        answer_message_id: int | None = None,
        model: str | None = None,
        novelty: float | None = None,
    ) -> None:
        """The person was told why the picture is not read; ``code`` is the refusal's."""
        await self._finish(
            request_id,
            State.REFUSED,
            milliseconds,
            refusal_code=code,
            answer_message_id=answer_message_id,
            model=model,
            novelty=novelty,
        )

    async def finish_failed(
        self, request_id: int, code: str, milliseconds: Milliseconds, answer_message_id: int | None = None
    ) -> None:
        """It went wrong on our side or Telegram's; ``code`` says how."""
        await self._finish(
            request_id, State.FAILED, milliseconds, failure_code=code, answer_message_id=answer_message_id
        )

    async def choose_model(self, bot_id: int, chat_id: int, user_id: int, model: str) -> None:
        """The person's next picture in this chat is for ``model``, if it comes within ``CHOICE_LASTS``."""
        async with self._transaction() as session:
            await session.merge(
                Choice(
                    bot_id=bot_id,
                    chat_id=chat_id,
                    user_id=user_id,
                    model=model,
                    expires_at=self._now() + CHOICE_LASTS,
                )
            )

    async def chosen_model(self, bot_id: int, chat_id: int, user_id: int) -> str | None:
        """The model chosen ahead and not used yet."""
        async with self._transaction() as session:
            choice = await session.get(Choice, (bot_id, chat_id, user_id))
            return choice.model if choice is not None and choice.expires_at > self._now() else None

    async def original(self, bot_id: int, chat_id: int, answer_message_id: int) -> Original | None:
        """The picture that the bot's message ``answer_message_id`` answered."""
        async with self._transaction() as session:
            row = RequestRow
            query = select(row.user_id, row.message_id, row.file_id, row.file_size, row.album).where(
                row.bot_id == bot_id, row.chat_id == chat_id, row.answer_message_id == answer_message_id
            )
            found = (await session.execute(query)).first()
            return None if found is None else Original(*found)

    async def _finish(self, request_id: int, state: State, milliseconds: Milliseconds, **values: Any) -> None:
        async with self._transaction() as session:
            await session.execute(
                update(RequestRow)
                .where(RequestRow.id == request_id, RequestRow.state == State.RECEIVED.value)
                .values(
                    state=state.value,
                    finished_at=self._now(),
                    leased_by=None,
                    leased_until=None,
                    download_ms=milliseconds.download,
                    convert_ms=milliseconds.convert,
                    infer_ms=milliseconds.infer,
                    reply_ms=milliseconds.reply,
                    # Nothing of a picture that is another person's is kept once its asker has the answer.
                    file_id=case((RequestRow.of_another, ""), else_=RequestRow.file_id),
                    **values,
                )
            )

    async def outcomes(self, since: datetime) -> list[Outcome]:
        """What became of the pictures received from ``since`` on, as far as it is decided."""
        async with self._transaction() as session:
            return await outcomes_since(session, since)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._sessions.begin() as session:
                yield session
        except IntegrityError:
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            UNAVAILABLE.inc()
            raise JournalUnavailable(f"The journal cannot be used: {type(error).__name__}") from error
