"""What goes into the journal and what comes out of it, free of SQL and of Telegram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """A request is ``received`` until the person has the answer, the refusal, or the word that it failed, or took it
    back."""

    RECEIVED = "received"
    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


RATE_LIMITED = "rate_limited"
"""The refusal's code of a picture that was one too many for its sender."""


class Wants(StrEnum):
    """What a request is for: the ``ANSWER`` to a picture, or the ``REPORT`` of an answer as a document."""

    ANSWER = "answer"
    REPORT = "report"


class Feedback(StrEnum):
    """What a doctor said of an answer, as the person tells it."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"


@dataclass(frozen=True)
class Incoming:
    """A picture to be read, as it arrives. All ids are Telegram's.

    ``message_id`` is the message to reply to; ``language`` the person's IETF language tag; ``model`` the one that the
    person named, if any; ``album`` is shared by pictures sent together; ``file_size`` is in bytes; ``reopens`` is the
    request whose answer is to be seen again, or reported; ``of_another``: the picture is not the person's own.
    """

    bot_id: int
    update_id: int
    chat_id: int
    message_id: int
    user_id: int
    file_id: str
    file_size: int | None = None
    language: str | None = None
    model: str | None = None
    album: str | None = None
    reopens: int | None = None
    wants: Wants = Wants.ANSWER
    of_another: bool = False


@dataclass(frozen=True)
class Request:
    """A journaled picture. ``language`` is the one to answer in; ``attempts`` counts how often work on it has begun;
    ``notice_message_id`` is the message that told the place in the queue."""

    id: int
    user_id: int
    chat_id: int
    message_id: int
    file_id: str
    file_size: int | None
    language: str | None
    model: str | None
    state: State
    attempts: int
    album: str | None
    reopens: int | None
    wants: Wants
    of_another: bool
    notice_message_id: int | None
    received_at: datetime


@dataclass(frozen=True)
class Original:
    """The picture behind an earlier answer: who sent it, in which message, in which album; ``file_size`` in bytes."""

    user_id: int
    message_id: int
    file_id: str
    file_size: int | None
    album: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a model said; ``probabilities`` by label, 0..1."""

    verdict: str
    model: str
    version: str
    weights_hash: str
    engine: str
    probabilities: Mapping[str, float]
    novelty: float


@dataclass(frozen=True)
class Answered:
    """An answered request: whose, when it came, the picture's file (``file_size`` in bytes), what was said of it."""

    id: int
    bot_id: int
    user_id: int
    received_at: datetime
    file_id: str
    file_size: int | None
    reading: Reading


@dataclass(frozen=True)
class Milliseconds:
    """Where the time went; None for a step that was not reached."""

    download: float | None = None
    convert: float | None = None
    infer: float | None = None
    reply: float | None = None
