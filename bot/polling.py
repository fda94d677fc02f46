"""Watches over polling: what ends it for good, and what is worth a line in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.errors import CannotServe
from bot.telegram_counts import POLLED

logger = logging.getLogger(__name__)

# Of two pollers Telegram ends the earlier poll, so they end each other's in turn. One conflict may be the echo of a
# process that has just died; a row of them is a rival. The one that had the field to itself holds out longer, so the
# newcomer leaves it.
CONFLICTS_NEWCOMER = 3
CONFLICTS_ESTABLISHED = 10


class PollingWatch(BaseRequestMiddleware):
    """Tells ``on_end`` when polling cannot go on: a second poller, or a token that was revoked.

    The dispatcher's own loop would try for ever.
    """

    def __init__(self, on_end: Callable[[CannotServe], None]) -> None:
        self._on_end = on_end
        self._conflicts = 0
        self._established = False
        self._failing = False

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        polls = isinstance(method, GetUpdates)
        if not polls:
            return await make_request(bot, method)
        try:
            response = await make_request(bot, method)
        except Exception as error:
            await self._note(error)
            raise
        POLLED.set_to_current_time()
        if self._failing:
            logger.info("Telegram can be reached again")
        self._conflicts, self._established, self._failing = 0, True, False
        return response

    async def _note(self, error: Exception) -> None:
        if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
            self._on_end(CannotServe("BOT_TOKEN is not valid any more; @BotFather gives a new one"))
        elif isinstance(error, TelegramConflictError):
            self._conflicts += 1
            if self._conflicts >= (CONFLICTS_ESTABLISHED if self._established else CONFLICTS_NEWCOMER):
                self._on_end(
                    CannotServe("Another program polls with this BOT_TOKEN; stop it first, or use another bot")
                )
        if not self._failing:
            logger.warning("No updates from Telegram: %s; polling goes on", type(error).__name__)
        self._failing = True
        if isinstance(error, TelegramRetryAfter):
            await asyncio.sleep(error.retry_after)
