"""Files that people send: which one a message holds, and its bytes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from io import BytesIO

import aiohttp
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ExternalReplyInfo, Message

from bot.patience import Patience, TelegramUnreachable, patiently
from bot.telegram_counts import count_failure

TELEGRAM_LIMIT_MB = 20.0
"""Telegram hands out no larger files, https://core.telegram.org/bots/api#getfile; 2**20 bytes each."""

DOWNLOAD_SECONDS = 120
# One and the same error says that a file is gone and that it is "temporarily unavailable".
GONE_TRIES, GONE_PAUSE_SECONDS = 3, 1.0


class FileGone(Exception):
    """Telegram does not have the file any more."""


class FileTooBig(Exception):
    """The file is larger than Telegram hands out, or than we take; ``size`` in bytes where it is known."""

    def __init__(self, size: int | None) -> None:
        super().__init__()
        self.size = size


@dataclass(frozen=True)
class SentFile:
    """A file by Telegram's id; ``size`` in bytes where Telegram says it."""

    id: str
    size: int | None


def file_of(message: Message | ExternalReplyInfo) -> SentFile | None:
    """The photo of a message in its largest size (of a live photo the still one), or its document, whatever kind that
    says it is. An animation comes with a document too, which is a video and no picture."""
    sizes = message.photo or (message.live_photo.photo if message.live_photo else None)
    if sizes:
        largest = max(sizes, key=lambda size: size.width * size.height)
        return SentFile(largest.file_id, largest.file_size)
    if message.document and not message.animation:
        return SentFile(message.document.file_id, message.document.file_size)
    return None


async def download(bot: Bot, file_id: str, limit: int, patience: Patience) -> bytes:
    """The file's bytes, at most ``limit`` of them.

    Raises ``FileGone``, ``FileTooBig``, or ``TelegramUnreachable`` when ``patience`` is at its end.
    """
    for tries_left in reversed(range(GONE_TRIES)):
        try:
            return await _download(bot, file_id, limit, patience)
        except FileGone:
            if not tries_left:
                raise
        await asyncio.sleep(GONE_PAUSE_SECONDS)
    raise FileGone


async def _download(bot: Bot, file_id: str, limit: int, patience: Patience) -> bytes:
    try:
        file = await bot.get_file(file_id)
    except TelegramBadRequest as error:
        if "too big" in error.message:
            raise FileTooBig(None) from None
        raise FileGone from None
    if file.file_size is not None and file.file_size > limit:
        raise FileTooBig(file.file_size)
    path = file.file_path
    if path is None:
        raise FileGone

    async def fetch() -> bytes:
        target = BytesIO()
        await bot.download_file(path, target, timeout=DOWNLOAD_SECONDS)
        return target.getvalue()

    try:
        return await patiently(fetch, patience)
    except TelegramUnreachable as error:
        count_failure(error)
        raise
    except aiohttp.ClientResponseError as error:
        count_failure(error)
        # Its text holds the address, and the address holds the token: it goes no further.
        raise FileGone from None
