"""Works off the queue: download, read, answer, journal. Whatever happens, the person gets a word.

The answer is sent first and journaled then. Telegram takes no key that would make a send repeatable, so of the two ways
to err, a process killed in the millisecond between repeats an answer rather than losing it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup

from bot import metrics, report_texts, texts
from bot.alerts import JOURNAL_UNAVAILABLE
from bot.answer_texts import PICTURE_OF_ANOTHER
from bot.buttons import offer, under_answer
from bot.delivery import Blocked, Undeliverable, deliver, shown_at_work
from bot.files import TELEGRAM_LIMIT_MB, FileGone, FileTooBig, download
from bot.lanes import Lanes
from bot.outcome import (
    MEGABYTE,
    Failure,
    Outcome,
    Reader,
    failed,
    models_alike,
    read_picture,
    reads_alike,
    record,
    remembered,
    timed,
    too_large,
)
from bot.patience import Patience, TelegramUnreachable
from bot.pauses import Pauses
from bot.personal_texts import ANOTHER_VERSION, PICTURE_GONE
from bot.reporting import contradicting, report
from journal import Answered, Journal, JournalUnavailable, LeaseLost, Milliseconds, Reading, Request, Wants
from models import CatalogError, CorruptWeights, Diagnosis, EnginesStuck, EngineUnavailable, Refusal
from models.tracing import working_on

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
"""How often work on a picture may end without an outcome, counting those that ended the whole process."""

MODELS_AMISS = (CatalogError, CorruptWeights, EnginesStuck, EngineUnavailable)
"""What keeps every picture from being read, until somebody puts it right or the bot is started again."""

ACTIONS = {Wants.ANSWER: ChatAction.UPLOAD_PHOTO, Wants.REPORT: ChatAction.UPLOAD_DOCUMENT}
SORRY = {Wants.ANSWER: texts.INTERNAL, Wants.REPORT: report_texts.FAILED}


class Worker:
    """Takes requests from the lanes until they are closed, and calls ``settled`` with each that has its outcome. It
    keeps nothing of one, so ``run`` may run side by side."""

    def __init__(  # noqa: PLR0917 - the parts it works with, each used once
        self,
        bot: Bot,
        journal: Journal,
        lanes: Lanes,
        reader: Reader,
        patience: Patience,
        pauses: Pauses,
        settled: Callable[[Request], None],
    ) -> None:
        self._bot = bot
        self._journal = journal
        self._lanes = lanes
        self._reader = reader
        self._patience = patience
        self._pauses = pauses
        self._settled = settled
        self._largest = int(min(TELEGRAM_LIMIT_MB, reader.limits.megabytes) * MEGABYTE)

    async def run(self) -> None:
        """Work until the lanes are closed. Cancelled, it gives the request in hand back to the journal.

        Raises ``MemoryError``: what a library has left lying about then is only cleared away by a new process.
        """
        while (taken := await self._lanes.take()) is not None:
            person, request_id = taken
            pause = None
            try:
                with working_on(metrics.CHANNEL, str(request_id)):
                    pause = await self._work(request_id)
            finally:
                if pause is None:
                    self._lanes.done(person)
                else:
                    self._lanes.put_back(person, request_id, pause)

    async def _work(self, request_id: int) -> float | None:
        """Seconds until the request is to be taken up again; None: it has its outcome."""
        try:
            request = await self._journal.take(request_id)
            if request is not None:
                async with self._journal.leases.kept(request_id):
                    await self._attempt(request)
                self._settled(request)
        except LeaseLost as error:
            logger.warning("%s; its answer is not sent from here", error)
        except TelegramUnreachable:
            logger.warning("Telegram cannot be reached; the request is kept")
            return self._pauses.after_outage
        except MODELS_AMISS as error:
            # No bug: the line says it all.
            logger.error("%s; the request is kept", error, extra={"alert": "models_amiss"})  # noqa: TRY400
            return self._pauses.after_outage
        except JournalUnavailable as error:
            logger.error("%s", error, extra={"alert": JOURNAL_UNAVAILABLE})  # noqa: TRY400
            return self._pauses.journal
        except MemoryError:
            logger.error("no memory to go on; the request is kept", extra={"alert": "no_memory"})  # noqa: TRY400
            raise
        except Exception:
            logger.exception("an attempt failed", extra={"alert": "attempt_failed"})
            return self._pauses.after_error
        return None

    async def _attempt(self, request: Request) -> None:
        begun = time.perf_counter()
        try:
            if request.attempts > MOST_ATTEMPTS:
                logger.error("given up after %d attempts", MOST_ATTEMPTS, extra={"alert": "gave_up"})
                await self._answer(request, failed("gave_up", SORRY[request.wants], request.language), None)
            else:
                async with shown_at_work(self._bot, request.chat_id, ACTIONS[request.wants]):
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
        if request.wants is Wants.REPORT:
            return await self._report(request, past)
        if past is None:
            return await self._read_anew(request)
        if not reads_alike(past.reading, self._reader):
            return remembered(past.reading, ANOTHER_VERSION, self._reader, request.language), None
        if not request.file_id:
            return remembered(past.reading, PICTURE_OF_ANOTHER, self._reader, request.language), None
        outcome, download_ms = await self._read_anew(request)
        if not isinstance(outcome.result, Diagnosis):
            outcome = remembered(past.reading, PICTURE_GONE, self._reader, request.language)
        return outcome, download_ms

    async def _report(self, request: Request, past: Answered | None) -> tuple[Outcome, float | None]:
        """The report of ``past`` and the milliseconds that the download of its picture took."""
        if past is None or not reads_alike(past.reading, self._reader):
            return contradicting(request.language), None
        outcome, download_ms = await self._read_anew(request)
        card = self._reader.catalog.card(past.reading.model)
        return await report(outcome, past, card, request.language), download_ms

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
        # What another process has taken over it answers itself.
        await self._journal.leases.renew(request.id)
        begun = time.perf_counter()
        try:
            message_id = await self._deliver(request, outcome)
        except Undeliverable as error:
            logger.info("not deliverable: %s", error)
            await self._not_delivered(request, outcome, download_ms, blocked=isinstance(error, Blocked))
            return
        milliseconds = timed(outcome, download_ms, _since(begun))
        metrics.count_time(request, milliseconds)
        await self._record(request, outcome, milliseconds, message_id)
        metrics.count(outcome.result)
        logger.info("%s", _in_short(outcome))

    async def _not_delivered(
        self, request: Request, outcome: Outcome, download_ms: float | None, *, blocked: bool
    ) -> None:
        if outcome.attachment is not None and not blocked:
            # A file may be refused where words are not.
            sorry = failed("undeliverable", SORRY[request.wants], request.language)
            await self._answer(request, sorry, download_ms)
            return
        await self._journal.finish_failed(request.id, "undeliverable", timed(outcome, download_ms, None))
        if blocked and request.chat_id == request.user_id:
            await self._journal.conversation.set_blocked(request.user_id, blocked=True)
        metrics.count(Failure("undeliverable"))

    async def _deliver(self, request: Request, outcome: Outcome) -> int:
        file = outcome.attachment
        return await deliver(
            self._bot,
            request.chat_id,
            request.message_id,
            outcome.text,
            overlay=outcome.overlay,
            document=BufferedInputFile(file.data, file.name) if file else None,
            buttons=await self._buttons(request, outcome),
        )

    async def _buttons(self, request: Request, outcome: Outcome) -> InlineKeyboardMarkup | None:
        """What the outcome may lead to. A picture of somebody else is not kept, so it cannot be read again."""
        if request.wants is Wants.REPORT:
            return None
        if isinstance(outcome.result, Diagnosis | Reading):
            answered = request.reopens or request.id
            judged = await self._journal.conversation.judgement(answered)
            kept = bool(request.file_id) and not request.of_another
            others = models_alike(outcome.result.model, self._reader) if kept else ()
            return under_answer(answered, others, judged, texts.translator(request.language), kept=kept)
        return offer(outcome.hint, request.language) if outcome.hint and not request.of_another else None

    async def _record(self, request: Request, outcome: Outcome, milliseconds: Milliseconds, message_id: int) -> None:
        while True:
            try:
                return await record(self._journal, request, outcome, milliseconds, message_id)
            except JournalUnavailable as error:
                # The person has the answer: to give up here would be to send it again.
                logger.error("%s", error, extra={"alert": JOURNAL_UNAVAILABLE})  # noqa: TRY400
            await asyncio.sleep(self._pauses.journal)


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1e3


def _in_short(outcome: Outcome) -> str:
    if isinstance(outcome.result, Failure):
        return f"failed: {outcome.result.code}"
    if isinstance(outcome.result, Refusal):
        return f"refused: {outcome.result.code}"
    return f"answered by {outcome.result.model} {outcome.result.version}"
