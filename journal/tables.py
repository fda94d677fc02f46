"""The tables. Of a person only Telegram's numeric ids, the language and what they wrote with /feedback are kept."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python. SQLite forgets time zones, so what it returns is told to be UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy reads it from the class


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    language: Mapped[str | None] = mapped_column(String(35))
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    chosen_language: Mapped[str | None] = mapped_column(String(35))
    consented_at: Mapped[datetime | None]
    # Since when Telegram has said that the person blocked the bot, or is gone.
    blocked_at: Mapped[datetime | None]

    @property
    def reads(self) -> str | None:
        """The language to answer in: the chosen one, else that of the person's Telegram."""
        return self.chosen_language or self.language


class RequestRow(Base):
    __tablename__ = "requests"
    __table_args__ = (
        UniqueConstraint("bot_id", "update_id", name="one_request_per_update"),
        Index("requests_by_state", "bot_id", "state"),
        Index("requests_by_answer", "bot_id", "chat_id", "answer_message_id"),
        Index("requests_by_album", "bot_id", "chat_id", "album"),
        Index("requests_by_user", "user_id", "bot_id"),
        Index("requests_by_message", "bot_id", "chat_id", "message_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigInteger)
    update_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)
    album: Mapped[str | None] = mapped_column(String(64))
    file_id: Mapped[str] = mapped_column(String(255))
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    model_asked: Mapped[str | None] = mapped_column(String(64))

    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    received_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    answer_message_id: Mapped[int | None] = mapped_column(BigInteger)
    # The process that works on it, see ``journal.leases``.
    leased_by: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]

    refusal_code: Mapped[str | None] = mapped_column(String(64))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str | None] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[str | None] = mapped_column(String(32))
    weights_hash: Mapped[str | None] = mapped_column(String(64))
    engine: Mapped[str | None] = mapped_column(String(128))
    probabilities: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    novelty: Mapped[float | None]

    download_ms: Mapped[float | None]
    convert_ms: Mapped[float | None]
    infer_ms: Mapped[float | None]
    reply_ms: Mapped[float | None]
    reopens: Mapped[int | None]

    wants: Mapped[str] = mapped_column(String(16), server_default="answer")
    # The picture is somebody else's, whom the person replied to in a group.
    of_another: Mapped[bool] = mapped_column(server_default=false())
    # The message that tells the place in the queue, as long as it stands in the chat.
    notice_message_id: Mapped[int | None] = mapped_column(BigInteger)
    feedback: Mapped[str | None] = mapped_column(String(16))
    feedback_at: Mapped[datetime | None]


class Choice(Base):
    """The model a person named before sending the picture; here and not in memory, so a restart does not lose it."""

    __tablename__ = "choices"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    model: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class AlbumRow(Base):
    """Pictures sent together, which are one case; ``summary_message_id`` is that of the summary once it is sent, see
    ``journal.albums.NO_SUMMARY``."""

    __tablename__ = "albums"
    __table_args__ = (Index("albums_by_user", "user_id"),)

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    album: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    last_part_at: Mapped[datetime]
    summary_message_id: Mapped[int | None] = mapped_column(BigInteger)
    # The process that sums it up, see ``journal.leases``.
    leased_by: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]


class Letter(Base):
    """What a person wrote to those who run the bot."""

    __tablename__ = "letters"
    __table_args__ = (Index("letters_by_user", "user_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class BroadcastRow(Base):
    """A message to everyone, or to those who read ``language``. It goes out by rising user id, so that after a restart
    it goes on behind ``last_user_id``."""

    __tablename__ = "broadcasts"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(35))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    last_user_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    sent: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
