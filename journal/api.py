"""What was asked over HTTP, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from journal.api_tables import ApiRequestRow, RepeatRow
from journal.entries import Reading, State
from journal.people import Transaction

CLAIM_LASTS = timedelta(minutes=2)
"""How long an Idempotency-Key is held for a request in work; one that a killed process worked on can be sent again
then."""
LOST_AFTER = timedelta(hours=1)
"""From then on a picture that was never finished counts as lost, with the process that worked on it."""


@dataclass(frozen=True)
class Posted:
    """A picture as it arrives. ``id`` is its public name; ``key_id`` the API key's number, None where none is asked
    for; ``trace`` the HTTP request's id; ``received_at`` aware; ``file_size`` in bytes."""

    id: str
    key_id: int | None
    trace: str
    received_at: datetime
    language: str
    model: str | None
    file_size: int


@dataclass(frozen=True)
class Claim:
    """An ``Idempotency-Key`` with the fingerprint of the request that it came with."""

    owner: int
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Repeat:
    """What the journal knows of a key that was used before: the answer, or None as long as there is none."""

    fingerprint: str
    status: int | None
    language: str | None
    body: str | None


@dataclass(frozen=True)
class PostedReading:
    """What a model said of a picture, and all that is told of it; ``words`` by language."""

    reading: Reading
    novelty_limit: float
    label_set: Sequence[str] | None
    words: Mapping[str, Any]


@dataclass(frozen=True)
class Finished:
    """How it ended for the picture ``id``: exactly one of ``reading``, ``refusal`` and ``failure`` (codes)."""

    id: str
    reading: PostedReading | None = None
    refusal: str | None = None
    failure: str | None = None
    model: str | None = None
    novelty: float | None = None
    convert_ms: float | None = None
    infer_ms: float | None = None


@dataclass(frozen=True)
class Told:
    """An answered picture as it was told; times in milliseconds."""

    id: str
    received_at: datetime
    answer: PostedReading
    convert_ms: float
    infer_ms: float


class Api:
    """Part of the ``Journal``: every method is one of its transactions."""

    def __init__(self, transaction: Transaction, now: Callable[[], datetime]) -> None:
        self._transaction = transaction
        self._now = now

    async def accept(self, pictures: Sequence[Posted], claim: Claim | None = None) -> Repeat | None:
        """Journals pictures as ``received``, and their claim. A ``Repeat``: the claim's key was used before, and
        nothing is journaled."""
        try:
            return await self._accept(pictures, claim)
        except IntegrityError:
            # Another process claimed the same key a moment ago: now it is there to be read.
            return await self._accept(pictures, claim)

    async def _accept(self, pictures: Sequence[Posted], claim: Claim | None) -> Repeat | None:
        async with self._transaction() as session:
            now = self._now()
            if claim is not None:
                await session.execute(delete(RepeatRow).where(RepeatRow.expires_at <= now))
                found = await session.get(RepeatRow, (claim.owner, claim.key))
                if found is not None:
                    return Repeat(found.fingerprint, found.status, found.language, found.body)
                session.add(
                    RepeatRow(
                        owner=claim.owner,
                        key=claim.key,
                        fingerprint=claim.fingerprint,
                        expires_at=now + CLAIM_LASTS,
                    )
                )
            for picture in pictures:
                session.add(
                    ApiRequestRow(
                        id=picture.id,
                        key_id=picture.key_id,
                        trace=picture.trace,
                        language=picture.language,
                        model_asked=picture.model,
                        file_size=picture.file_size,
                        state=State.RECEIVED.value,
                        received_at=picture.received_at,
                    )
                )
            return None

    async def finish(
        self, ended: Sequence[Finished], claim: Claim | None = None, answer: Repeat | None = None, *, keep: timedelta
    ) -> None:
        """Journals how it ended. With a ``claim``, ``answer`` is kept for who asks again, ``keep`` long; without an
        answer the claim is given up, and whoever asks again is read anew."""
        async with self._transaction() as session:
            now = self._now()
            for end in ended:
                row = ApiRequestRow
                received = (row.id == end.id, row.state == State.RECEIVED.value)
                await session.execute(
                    update(row).where(*received).values(_values(end, now)),
                    execution_options={"synchronize_session": False},  # nothing of it is in hand
                )
            if claim is not None:
                await self._settle(session, claim, answer, now + keep)

    async def _settle(self, session: AsyncSession, claim: Claim, answer: Repeat | None, end: datetime) -> None:
        theirs = (RepeatRow.owner == claim.owner, RepeatRow.key == claim.key)
        if answer is None:
            await session.execute(delete(RepeatRow).where(*theirs))
        else:
            told = {"status": answer.status, "language": answer.language, "body": answer.body, "expires_at": end}
            await session.execute(update(RepeatRow).where(*theirs).values(told))

    async def told(self, request_id: str, key_id: int | None) -> Told | None:
        """The answered picture of this name, if it belongs to the key."""
        async with self._transaction() as session:
            row = await session.get(ApiRequestRow, request_id)
            if row is None or row.key_id != key_id or row.state != State.ANSWERED.value:
                return None
            return _told(row)

    async def give_up_lost(self) -> int:
        """Marks what was never finished, and is too old to be still in work, as failed; how many there were."""
        async with self._transaction() as session:
            row, now = ApiRequestRow, self._now()
            lost = (row.state == State.RECEIVED.value, row.received_at <= now - LOST_AFTER)
            values = {"state": State.FAILED.value, "failure_code": "lost", "finished_at": now}
            done = await session.execute(update(row).where(*lost).values(values).returning(row.id))
            return len(done.all())

    async def try_writing(self) -> None:
        """Writes without changing anything. Raises ``JournalUnavailable`` where that is not possible: a full disk or a
        lost file is found out."""
        async with self._transaction() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = version_num"))


def _values(end: Finished, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "finished_at": now,
        "model": end.model,
        "novelty": end.novelty,
        "convert_ms": end.convert_ms,
        "infer_ms": end.infer_ms,
    }
    if end.reading is None:
        state = State.REFUSED if end.refusal else State.FAILED
        return values | {"state": state.value, "refusal_code": end.refusal, "failure_code": end.failure}
    reading = end.reading.reading
    return values | {
        "state": State.ANSWERED.value,
        "verdict": reading.verdict,
        "model": reading.model,
        "version": reading.version,
        "weights_hash": reading.weights_hash,
        "engine": reading.engine,
        "probabilities": dict(reading.probabilities),
        "novelty": reading.novelty,
        "novelty_limit": end.reading.novelty_limit,
        "label_set": None if end.reading.label_set is None else list(end.reading.label_set),
        "words": dict(end.reading.words),
    }


def _told(row: ApiRequestRow) -> Told:
    reading = Reading(
        verdict=row.verdict or "",
        model=row.model or "",
        version=row.version or "",
        weights_hash=row.weights_hash or "",
        engine=row.engine or "",
        probabilities=row.probabilities or {},
        novelty=row.novelty or 0.0,
    )
    answer = PostedReading(reading, row.novelty_limit or 0.0, row.label_set, row.words or {})
    return Told(row.id, row.received_at, answer, row.convert_ms or 0.0, row.infer_ms or 0.0)
