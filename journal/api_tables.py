"""The tables of the HTTP API: its keys, what was asked of it, and answers that a repeated request is given again.

No picture and no name of a file is kept, and of a key only its hash.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from journal.tables import Base


class ApiKeyRow(Base):
    """A key by its SHA-256; ``prefix`` is the part of it that may be shown."""

    __tablename__ = "api_keys"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiRequestRow(Base):
    """A picture that came over HTTP; ``trace`` is shared by the pictures of one HTTP request, and is in its log lines.

    ``words`` are what was said of it, by language, so that it can be told again when the model has been replaced.
    """

    __tablename__ = "api_requests"
    __table_args__ = (Index("api_requests_by_time", "received_at"), Index("api_requests_by_key", "key_id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("api_keys.id"))
    trace: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(35))
    model_asked: Mapped[str | None] = mapped_column(String(64))
    file_size: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    refusal_code: Mapped[str | None] = mapped_column(String(64))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str | None] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[str | None] = mapped_column(String(32))
    weights_hash: Mapped[str | None] = mapped_column(String(64))
    engine: Mapped[str | None] = mapped_column(String(128))
    probabilities: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    label_set: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    novelty: Mapped[float | None]
    novelty_limit: Mapped[float | None]
    words: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    convert_ms: Mapped[float | None]
    infer_ms: Mapped[float | None]


class RepeatRow(Base):
    """What a request with an ``Idempotency-Key`` was answered; ``status`` is None while it is in work. ``owner`` is the
    API key's number, 0 where none is asked for."""

    __tablename__ = "api_repeats"
    __table_args__ = (Index("api_repeats_by_end", "expires_at"),)

    owner: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    status: Mapped[int | None]
    language: Mapped[str | None] = mapped_column(String(35))
    body: Mapped[str | None] = mapped_column(Text)
