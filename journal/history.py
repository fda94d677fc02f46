"""What became of the pictures of some days, for whoever watches the models: no person, no chat, no file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from journal.tables import RequestRow


@dataclass(frozen=True)
class Outcome:
    """A finished request: the ``model`` and ``version`` that read it, its ``verdict`` and ``novelty``; or the
    ``refusal``'s code, with the model that would have read it where one was named or found."""

    model: str | None
    version: str | None
    verdict: str | None
    refusal: str | None
    novelty: float | None


async def outcomes_since(session: AsyncSession, since: datetime) -> list[Outcome]:
    """Of the pictures received from ``since`` on, those that were answered or refused; a look at an earlier answer is
    none of them."""
    row = RequestRow
    query = select(row.model, row.version, row.verdict, row.refusal_code, row.novelty).where(
        row.received_at >= since, row.reopens.is_(None), (row.verdict.is_not(None)) | (row.refusal_code.is_not(None))
    )
    return [Outcome(*found) for found in await session.execute(query)]
