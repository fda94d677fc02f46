"""What is written for one person is written by one transaction after the other."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def in_turn(session: AsyncSession, user_id: int) -> None:
    """Waits for transactions that are in turn for the same person; others wait for this one from here on.

    So what is read stays true until the commit. On SQLite that is so from the beginning of every transaction.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(user_id)))
