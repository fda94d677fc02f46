"""Calls to Telegram that are not given up at the first hiccup: 429 is waited for, 5xx and a bad network tried again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import GetMe, GetUpdates, Response, SendChatAction, SetMessageReaction, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.telegram_counts import count_failure, count_retry

T = TypeVar("T")
logger = logging.getLogger(__name__)

# Polling has a loop of its own, and the greeting at the start a patience of its own. A late "typing" or reaction is
# worth nothing, and repeating it eats into the limits.
ONCE_ONLY = (GetMe, GetUpdates, SendChatAction, SetMessageReaction)


_ONCE: ContextVar[bool] = ContextVar("once", default=False)


class TelegramUnreachable(Exception):
    """Telegram did not take a call for as long as we were patient."""


@dataclass(frozen=True)
class Patience:
    """How long a call is tried, and the pauses between tries, which double; all in seconds."""

    total: float = 90.0
    first_pause: float = 0.5
    longest_pause: float = 15.0


PATIENCE = Patience()


async def patiently(call: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """What ``call`` returns, tried until it succeeds or fails for good.

    Raises ``TelegramUnreachable`` when ``patience`` is at its end, and at once what no waiting would mend.
    """
    give_up = time.monotonic() + patience.total
    pause = patience.first_pause
    while True:
        try:
            return await call()
        except Exception as error:
            if not is_passing(error):
                raise
            wait = float(error.retry_after) if isinstance(error, TelegramRetryAfter) else pause
            if time.monotonic() + wait > give_up:
                raise TelegramUnreachable(type(error).__name__) from error
            count_retry(error)
            logger.info("Telegram: %s; trying again in %.1f s", type(error).__name__, wait)
        await asyncio.sleep(wait)
        pause = min(2 * pause, patience.longest_pause)


def is_passing(error: Exception) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, TelegramEntityTooLarge):
        return False
    if isinstance(error, aiohttp.ClientResponseError):
        return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS
    # ClientDecodeError: a gateway in between answers with a page of its own instead of Telegram's JSON.
    passing = (TelegramRetryAfter, TelegramNetworkError, TelegramServerError, ClientDecodeError)
    return isinstance(error, (*passing, aiohttp.ClientError, TimeoutError, ConnectionError))


@contextmanager
def only_once() -> Iterator[None]:
    """Calls within the block are made once, whatever comes of them: for what is worth nothing when it comes late."""
    token = _ONCE.set(True)
    try:
        yield
    finally:
        _ONCE.reset(token)


class PatientRequests(BaseRequestMiddleware):
    """Every call of a bot made patiently, except those of ``ONCE_ONLY`` and those within ``only_once``; and counted
    when it fails."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        try:
            if type(method) in ONCE_ONLY or _ONCE.get():
                return await make_request(bot, method)
            return await patiently(lambda: make_request(bot, method), self._patience)
        except Exception as error:
            count_failure(error)
            raise
