"""Works off the queue: download, read, answer, journal. Whatever happens, the person gets a word.

The answer is sent first and journaled then. Telegram takes no key that would make a send repeatable, so of the two ways
to err, a process killed in the millisecond between repeats an answer rather than losing it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from aiogram import Bot
from aiogram.enums import ChatAction

from bot import texts
from bot.buttons import offer
from bot.delivery import Undeliverable, deliver, shown_at_work
from bot.files import TELEGRAM_LIMIT_MB, FileGone, FileTooBig, download
from bot.lanes import Lanes
from bot.logs import REQUEST
from bot.outcome import (
    MEGABYTE,
    Failure,
    Outcome,
    Reader,
    failed,
    read_picture,
    reads_alike,
    record,
    remembered,
    timed,
    too_large,
)
from bot.patience import Patience, TelegramUnreachable
from bot.personal_texts import ANOTHER_VERSION, PICTURE_GONE
from journal import Journal, JournalUnavailable, Milliseconds, Request
from models import CatalogError, CorruptWeights, Diagnosis, EngineUnavailable, Refusal

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
"""How often work on a picture may end without an outcome, counting those that ended the whole process."""

MODELS_AMISS = (CatalogError, CorruptWeights, EngineUnavailable)
"""What keeps every picture from being read. Loading the models meets it too, and ends the bot."""


@dataclass(frozen=True)
class Pauses:
    """Seconds until a request is taken up again, or the journal asked again."""

    after_error: float = 1.0
    after_outage: float = 30.0
    journal: float = 2.0


PAUSES = Pauses()


class Worker:
    """Takes requests from the lanes until they are closed. It keeps nothing of one, so ``run`` may run side by side."""

    def __init__(  # noqa: PLR0917 - the parts it works with, each used once
        self,
        bot: Bot,
        journal: Journal,
        lanes: Lanes,
        reader: Reader,
        patience: Patience,
        pauses: Pauses,
    ) -> None:
        self._bot = bot
        self._journal = journal
        self._lanes = lanes
        self._reader = reader
        self._patience = patience
        self._pauses = pauses
        self._largest = int(min(TELEGRAM_LIMIT_MB, reader.limits.megabytes) * MEGABYTE)

    async def run(self) -> None:
        """Work until the lanes are closed. Cancelled, it gives the request in hand back to the journal."""
        while (taken := await self._lanes.take()) is not None:
            chat_id, request_id = taken
            token = REQUEST.set(request_id)
            pause = None
            try:
                pause = await self._work(request_id)
            finally:
                REQUEST.reset(token)
                if pause is None:
                    self._lanes.done(chat_id)
                else:
                    self._lanes.put_back(chat_id, request_id, pause)

    async def _work(self, request_id: int) -> float | None:
        """Seconds until the request is to be taken up again; None: it has its outcome."""
        try:
            request = await self._journal.take(request_id)
            if request is not None:
                await self._attempt(request)
        except TelegramUnreachable:
            logger.warning("Telegram cannot be reached; the request is kept")
            return self._pauses.after_outage
        except MODELS_AMISS as error:
            logger.error("%s; the request is kept", error)  # noqa: TRY400 - no bug, the line says it all
            return self._pauses.after_outage
        except JournalUnavailable as error:
            logger.error("%s", error)  # noqa: TRY400
            return self._pauses.journal
        except Exception:
            logger.exception("an attempt failed")
            return self._pauses.after_error
        return None

    async def _attempt(self, request: Request) -> None:
        begun = time.perf_counter()
        try:
            if request.attempts > MOST_ATTEMPTS:
                await self._answer(request, failed("gave_up", texts.INTERNAL, request.language), None)
            else:
                async with shown_at_work(self._bot, request.chat_id, ChatAction.UPLOAD_PHOTO):
                    outcome, download_ms = await self._read(request)
                    await self._answer(request, outcome, download_ms)
        except (asyncio.CancelledError, TelegramUnreachable, *MODELS_AMISS):
            # No fault of the picture's: the attempt does not count.
            await self._journal.release(request.id)
            raise
        logger.info("done in %.0f ms", _since(begun))

    async def _read(self, request: Request) -> tuple[Outcome, float | None]:
        """As ``_read_anew``, or what was said before where it is to be seen again and can only be told."""
        past = None if request.reopens is None else await self._journal.people.answered(request.reopens)
        if past is None:
            return await self._read_anew(request)
        if not reads_alike(past.reading, self._reader):
            return remembered(past.reading, ANOTHER_VERSION, self._reader, request.language), None
        outcome, download_ms = await self._read_anew(request)
        if not isinstance(outcome.result, Diagnosis):
            outcome = remembered(past.reading, PICTURE_GONE, self._reader, request.language)
        return outcome, download_ms

    async def _read_anew(self, request: Request) -> tuple[Outcome, float | None]:
        """What becomes of the picture, and the milliseconds its download took."""
        if request.file_size is not None and request.file_size > self._largest:
            return too_large(request.file_size, self._largest, self._reader, request), None
        begun = time.perf_counter()
        try:
            data = await download(self._bot, request.file_id, self._largest, self._patience)
        except FileTooBig as error:
            return too_large(error.size, self._largest, self._reader, request), None
        except FileGone:
            return failed("file_gone", texts.FILE_GONE, request.language), None
        download_ms = _since(begun)
        return await read_picture(request, data, self._reader), download_ms

    async def _answer(self, request: Request, outcome: Outcome, download_ms: float | None) -> None:
        begun = time.perf_counter()
        try:
            message_id = await deliver(
                self._bot,
                request.chat_id,
                request.message_id,
                outcome.text,
                overlay=outcome.overlay,
                buttons=offer(outcome.hint, request.language) if outcome.hint else None,
            )
        except Undeliverable as error:
            logger.info("not deliverable: %s", error)
            await self._journal.finish_failed(request.id, "undeliverable", timed(outcome, download_ms, None))
            return
        await self._record(request, outcome, timed(outcome, download_ms, _since(begun)), message_id)
        logger.info("%s", _in_short(outcome))

    async def _record(self, request: Request, outcome: Outcome, milliseconds: Milliseconds, message_id: int) -> None:
        while True:
            try:
                return await record(self._journal, request, outcome, milliseconds, message_id)
            except JournalUnavailable as error:
                # The person has the answer: to give up here would be to send it again.
                logger.error("%s", error)  # noqa: TRY400
            await asyncio.sleep(self._pauses.journal)


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1e3


def _in_short(outcome: Outcome) -> str:
    if isinstance(outcome.result, Failure):
        return f"failed: {outcome.result.code}"
    if isinstance(outcome.result, Refusal):
        return f"refused: {outcome.result.code}"
    return f"answered by {outcome.result.model} {outcome.result.version}"
