"""The keys of the HTTP API. A key itself is seen by whoever it is made for and is not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from journal.api_tables import ApiKeyRow, ApiRequestRow
from journal.people import Transaction


@dataclass(frozen=True)
class KeyEntry:
    """A key as it may be shown; ``requests`` counts its pictures."""

    prefix: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    requests: int


class ApiKeys:
    """Part of the ``Journal``: every method is one of its transactions."""

    def __init__(self, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._transaction = transaction
        self._now = now

    async def add(self, prefix: str, sha256: str, name: str) -> None:
        """Keeps a new key by its hash. Raises ``IntegrityError`` when there is one of this prefix."""
        async with self._transaction() as session:
            session.add(ApiKeyRow(prefix=prefix, sha256=sha256, name=name, created_at=self._now()))

    async def find(self, sha256: str) -> int | None:
        """The number of the key with this hash, None where there is none or it was revoked."""
        async with self._transaction() as session:
            row = ApiKeyRow
            number: int | None = await session.scalar(
                select(row.id).where(row.sha256 == sha256, row.revoked_at.is_(None))
            )
            return number

    async def entries(self) -> list[KeyEntry]:
        """All keys, oldest first."""
        async with self._transaction() as session:
            key, request = ApiKeyRow, ApiRequestRow
            query = (
                select(
                    key.prefix,
                    key.name,
                    key.created_at,
                    key.revoked_at,
                    func.max(request.received_at, type_=request.received_at.type),
                    func.count(request.id),
                )
                .outerjoin(request, request.key_id == key.id)
                .group_by(key.id)
                .order_by(key.id)
            )
            return [KeyEntry(*found) for found in await session.execute(query)]

    async def revoke(self, prefix: str) -> bool:
        """Ends a key for good. False: there is none of this prefix that still works."""
        async with self._transaction() as session:
            row = await session.scalar(
                select(ApiKeyRow).where(ApiKeyRow.prefix == prefix, ApiKeyRow.revoked_at.is_(None))
            )
            if row is None:
                return False
            row.revoked_at = self._now()
            return True
