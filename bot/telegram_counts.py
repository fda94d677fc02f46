"""What is counted of the calls to Telegram: what was tried again, what failed, when the last poll succeeded."""

from __future__ import annotations

from typing import Final

import aiohttp
from aiogram import exceptions
from prometheus_client import Counter, Gauge

RETRIES: Final = Counter("second_look_telegram_retries", "Calls to Telegram that were tried again, by why", ("error",))
FAILURES: Final = Counter("second_look_telegram_errors", "Calls to Telegram that failed for good, by why", ("error",))
POLLED: Final = Gauge("second_look_polled_timestamp_seconds", "When Telegram last answered a poll")

# The first that fits; so the names are few whatever Telegram answers.
_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.TelegramRetryAfter, "too_many_requests"),
    (exceptions.TelegramForbiddenError, "forbidden"),
    (exceptions.TelegramUnauthorizedError, "unauthorized"),
    (exceptions.TelegramConflictError, "conflict"),
    (exceptions.TelegramServerError, "server"),
    (exceptions.ClientDecodeError, "server"),
    (aiohttp.ClientResponseError, "download"),
    (exceptions.TelegramEntityTooLarge, "too_large"),
    (exceptions.TelegramNetworkError, "network"),
    (aiohttp.ClientError, "network"),
    (TimeoutError, "network"),
    (ConnectionError, "network"),
    (exceptions.TelegramBadRequest, "bad_request"),
)


def kind_of(error: BaseException) -> str:
    """What ``error`` is counted as."""
    return next((name for kind, name in _KINDS if isinstance(error, kind)), "other")


def count_retry(error: Exception) -> None:
    """A call met ``error`` and is tried again."""
    RETRIES.labels(kind_of(error)).inc()


def count_failure(error: Exception) -> None:
    """A call failed for good: with ``error``, or with what it was caused by when patience was at its end."""
    FAILURES.labels(kind_of(error.__cause__ or error)).inc()
