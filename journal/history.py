"""What became of the pictures of some days, for whoever watches the models: no person, no chat, no file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from journal.api_tables import ApiRequestRow
from journal.entries import RATE_LIMITED
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
    """Of the pictures received from ``since`` on, in the chat or over HTTP, those that were answered or refused; a look
    at an earlier answer is none of them, nor is a picture that was one too many for its sender."""
    queries = [
        select(row.model, row.version, row.verdict, row.refusal_code, row.novelty).where(
            row.received_at >= since,
            (row.verdict.is_not(None)) | ((row.refusal_code.is_not(None)) & (row.refusal_code != RATE_LIMITED)),
        )
        for row in (RequestRow, ApiRequestRow)
    ]
    queries[0] = queries[0].where(RequestRow.reopens.is_(None))
    return [Outcome(*found) for query in queries for found in await session.execute(query)]
