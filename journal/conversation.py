"""What a person told the bot beside pictures: that they agree, what a doctor said of an answer, letters; and whether
they can be reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from journal.entries import Feedback, Request, State
from journal.people import Transaction
from journal.tables import Choice, Letter, RequestRow, User
from journal.turns import in_turn

LETTER_AWAITED: Final = timedelta(minutes=10)

# A letter is awaited like a picture for a model that was named ahead, but in no chat: 0 is the number of none, so that
# neither takes the other's place.
_NO_CHAT, _LETTER = 0, "feedback"


class Conversation:
    """Part of the ``Journal``: every method is one of its transactions. ``user_id`` is Telegram's."""

    def __init__(self, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._transaction = transaction
        self._now = now

    async def agree(self, user_id: int, language: str | None) -> None:
        """The person has read what the bot is and is not. The first time counts; ``language`` is their Telegram's."""
        async with self._transaction() as session:
            user = await self._known(session, user_id, language)
            user.consented_at = user.consented_at or self._now()

    async def agreed(self, user_id: int) -> bool:
        """Whether the person has agreed."""
        async with self._transaction() as session:
            user = await session.get(User, user_id)
            return user is not None and user.consented_at is not None

    async def notice_due(self, request_id: int) -> bool:
        """Whether this was the first picture in the person's private chat to come to an outcome, and they have not
        agreed yet. That is so for one request in a person's life."""
        async with self._transaction() as session:
            row = await session.get(RequestRow, request_id)
            if row is None or row.chat_id != row.user_id:
                return False
            user = await session.get_one(User, row.user_id)
            first = await session.scalar(
                select(RequestRow.id)
                .where(
                    RequestRow.bot_id == row.bot_id,
                    RequestRow.user_id == row.user_id,
                    RequestRow.chat_id == row.chat_id,
                    RequestRow.state.in_((State.ANSWERED.value, State.REFUSED.value, State.FAILED.value)),
                )
                .order_by(RequestRow.finished_at, RequestRow.id)
                .limit(1)
            )
            return first == request_id and user.consented_at is None

    async def is_later_part(self, bot_id: int, request: Request) -> bool:
        """Whether another picture of the same album was accepted before."""
        if request.album is None:
            return False
        async with self._transaction() as session:
            earlier = select(RequestRow.id).where(
                RequestRow.bot_id == bot_id,
                RequestRow.chat_id == request.chat_id,
                RequestRow.album == request.album,
                RequestRow.id < request.id,
            )
            return await session.scalar(earlier.limit(1)) is not None

    async def set_blocked(self, user_id: int, blocked: bool) -> None:
        """The person blocked the bot, or lets it write again. Of somebody unknown nothing is kept."""
        async with self._transaction() as session:
            when = self._now() if blocked else None
            await session.execute(update(User).where(User.id == user_id).values(blocked_at=when))

    async def judge(self, request_id: int, feedback: Feedback) -> None:
        """What a doctor said of the answer; a later word takes the place of an earlier one."""
        async with self._transaction() as session:
            await session.execute(
                update(RequestRow)
                .where(RequestRow.id == request_id)
                .values(feedback=feedback.value, feedback_at=self._now())
            )

    async def judgement(self, request_id: int) -> Feedback | None:
        """What a doctor said of the answer, as far as the person has told."""
        async with self._transaction() as session:
            found = await session.scalar(select(RequestRow.feedback).where(RequestRow.id == request_id))
            return Feedback(found) if found else None

    async def await_letter(self, bot_id: int, user_id: int) -> None:
        """The person's next words are a letter, if they come within ``LETTER_AWAITED``."""
        async with self._transaction() as session:
            expires = self._now() + LETTER_AWAITED
            await session.merge(
                Choice(bot_id=bot_id, chat_id=_NO_CHAT, user_id=user_id, model=_LETTER, expires_at=expires)
            )

    async def awaits_letter(self, bot_id: int, user_id: int) -> bool:
        """Whether the person's next words are a letter."""
        async with self._transaction() as session:
            choice = await session.get(Choice, (bot_id, _NO_CHAT, user_id))
            return choice is not None and choice.expires_at > self._now()

    async def stop_awaiting_letter(self, bot_id: int, user_id: int) -> bool:
        """The person's next words are no letter. False: none was awaited."""
        async with self._transaction() as session:
            return await self._stop_awaiting(session, bot_id, user_id)

    async def write(self, bot_id: int, user_id: int, language: str | None, text: str) -> int:
        """Keeps a letter to those who run the bot; its number."""
        async with self._transaction() as session:
            await self._known(session, user_id, language)
            await self._stop_awaiting(session, bot_id, user_id)
            letter = Letter(bot_id=bot_id, user_id=user_id, written_at=self._now(), text=text)
            session.add(letter)
            await session.flush()
            return letter.id

    async def _stop_awaiting(self, session: AsyncSession, bot_id: int, user_id: int) -> bool:
        choice = await session.get(Choice, (bot_id, _NO_CHAT, user_id))
        if choice is None:
            return False
        await session.execute(
            delete(Choice).where(Choice.bot_id == bot_id, Choice.chat_id == _NO_CHAT, Choice.user_id == user_id)
        )
        return choice.expires_at > self._now()

    async def _known(self, session: AsyncSession, user_id: int, language: str | None) -> User:
        await in_turn(session, user_id)
        user = await session.get(User, user_id)
        if user is None:
            now = self._now()
            user = User(id=user_id, language=language, first_seen=now, last_seen=now)
            session.add(user)
            await session.flush()
        return user
