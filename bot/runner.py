"""Starts, serves and stops the bot."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress

from aiogram import Bot, Dispatcher
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError

from bot import metrics
from bot.acceptance import Acceptance, Desk
from bot.admission import Admission
from bot.alerts import Alerts
from bot.background import Background
from bot.broadcasting import Broadcaster
from bot.consent import remind
from bot.errors import CannotServe
from bot.factory import build_bot, build_dispatcher
from bot.following import follow
from bot.lanes import Lanes
from bot.logs import set_up_logging
from bot.patience import PATIENCE, Patience, TelegramUnreachable, patiently
from bot.pauses import PAUSES
from bot.places import Places
from bot.polling import PollingWatch
from bot.profile import set_menus, set_profile
from bot.rate_limit import RateLimiter
from bot.settings import BotSettings
from bot.summaries import Summaries
from bot.texts import installed
from bot.worker import Worker
from journal import JournalUnavailable, Request, open_journal
from journal.housekeeping import keep_house
from models import DiagnosisService, EngineFailed, ModelsError
from models.metrics import served_at, show_build
from models.serving import build_service, leave_stuck, settle
from models.settings import WrongSettings, read_settings

logger = logging.getLogger(__name__)

EXIT_CANNOT_SERVE = 2
POLL_SECONDS = 30
# At the start an outage is told rather than waited for: a wrong address looks the same.
GREETING_PATIENCE = Patience(total=4.0)


def main() -> int:
    """Run until stopped; the exit status."""
    try:
        settings = read_settings(BotSettings)
        set_up_logging(settings)
        asyncio.run(serve(settings))
    except EngineFailed as error:
        leave_stuck(error)
    except (WrongSettings, CannotServe, JournalUnavailable, ModelsError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # noqa: T201 - the one line
        return EXIT_CANNOT_SERVE
    return 0


async def serve(settings: BotSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises what ``main`` tells in one line."""
    show_build(settings.build_revision)
    loop = asyncio.get_running_loop()
    end: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, end)
    async with AsyncExitStack() as stack:
        stack.callback(_close, end)
        if settings.metrics:
            stack.enter_context(_metrics(*settings.metrics))
        stack.push_async_callback(_cancel, asyncio.create_task(metrics.beat()))
        service = build_service(settings)
        stack.push_async_callback(service.close)
        for task in (asyncio.create_task(service.start()), asyncio.create_task(service.until_stuck())):
            task.add_done_callback(lambda done: _end_on_error(done, end))
            stack.push_async_callback(_cancel, task)
        journal = await open_journal(settings.journal_url)
        stack.push_async_callback(journal.close)
        bot = build_bot(settings, PollingWatch(lambda error: _fail(end, error)), PATIENCE)
        stack.push_async_callback(bot.session.close)
        await _greet(bot, settings.telegram)
        lanes, background = Lanes(), Background()
        summaries = Summaries(bot, journal, service, background, PAUSES)
        places = Places(bot, journal, lanes, background, settings.workers)
        alerts = Alerts(bot, journal, background, settings.admin_ids)

        def settled(request: Request) -> None:
            summaries.settled(request)
            places.settled(request)
            background.spawn_in_turn(request.chat_id, remind(bot, journal, request))

        models = installed(service.catalog.names)
        desk = Desk(
            bot,
            journal,
            lanes,
            background,
            models,
            RateLimiter(journal, settings.rate),
            settled,
            alerts,
            cards={model: service.catalog.card(model) for model in models},
            consent_required=settings.consent == "require",
            keep_days=settings.journal_keep_days,
        )

        async def catch_up() -> None:
            await desk.take_up()
            await summaries.catch_up()

        metrics.watch(desk.lanes, settings.workers)
        for request in await journal.pending(bot.id):
            places.adopt(request)
        await catch_up()
        await places.clear()
        stack.push_async_callback(_cancel, asyncio.create_task(places.run()))
        stack.push_async_callback(_cancel, asyncio.create_task(follow(journal, catch_up)))
        if settings.journal_keep_days:
            housework = asyncio.create_task(keep_house(journal, settings.journal_keep_days))
            stack.push_async_callback(_cancel, housework)
        with alerts.listening():
            await _work(settings, desk, service, await journal.people.chosen_languages(), end)


async def _work(
    settings: BotSettings,
    desk: Desk,
    service: DiagnosisService,
    languages: Mapping[int, str],
    end: asyncio.Future[None],
) -> None:
    """Poll and answer until ``end``, then finish what is in hand within the time that settings give."""
    worker = Worker(desk.bot, desk.journal, desk.lanes, service, PATIENCE, PAUSES, desk.settled)
    workers = [asyncio.create_task(worker.run()) for _ in range(settings.workers)]
    acceptance = Acceptance()
    broadcaster = Broadcaster(desk)
    broadcasting = asyncio.create_task(broadcaster.run())
    dispatcher = build_dispatcher(desk, acceptance, Admission(desk, settings.allowed_ids), broadcaster)
    profile = asyncio.create_task(_introduce(desk, languages))
    settle()
    try:
        async with _polling(dispatcher, desk.bot) as polling:
            logger.info("serving as bot %d on %s", desk.bot.id, settings.telegram)
            await asyncio.wait((end, polling, *workers), return_when=asyncio.FIRST_COMPLETED)
            for task in workers:
                if task.done():
                    _fail(end, _why_ended(task))
    finally:
        logger.info("stopping")
        await _cancel(profile)
        deadline = time.monotonic() + settings.stop_seconds
        await acceptance.settle(settings.stop_seconds)
        desk.lanes.close(len(workers))
        broadcaster.close()
        _, late = await asyncio.wait((*workers, broadcasting), timeout=max(0.0, deadline - time.monotonic()))
        for task in late:
            task.cancel()
        await asyncio.gather(*workers, broadcasting, return_exceptions=True)
        await desk.background.drain(max(0.5, deadline - time.monotonic()))
    if end.done():
        end.result()
    logger.info("stopped")


async def _introduce(desk: Desk, languages: Mapping[int, str]) -> None:
    await set_profile(desk.bot, desk.models)
    await set_menus(desk.bot, desk.models, languages, desk.alerts.admins)


@contextmanager
def _metrics(host: str, port: int) -> Iterator[None]:
    """Serves the metrics as long as the block runs. Raises ``CannotServe`` when there is no place for them."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(served_at(host, port))
        except OSError as error:
            raise CannotServe(f"METRICS_LISTEN: {host}:{port}: {error.strerror}") from error
        logger.info("metrics at http://%s:%d/metrics", host, found)
        yield


@asynccontextmanager
async def _polling(dispatcher: Dispatcher, bot: Bot) -> AsyncIterator[asyncio.Task[None]]:
    """Polls as long as the block runs. One update is handled at a time, so that the poll that acknowledges it comes
    after its commit; with tasks a stop would lose those already acknowledged."""
    task = asyncio.create_task(
        dispatcher.start_polling(
            bot, polling_timeout=POLL_SECONDS, handle_as_tasks=False, handle_signals=False, close_bot_session=False
        )
    )
    try:
        yield task
    finally:
        with suppress(RuntimeError):  # it has ended by itself
            await dispatcher.stop_polling()
        await task


async def _greet(bot: Bot, server: str) -> None:
    """Check the token and the way to Telegram. Raises ``CannotServe``."""
    try:
        await patiently(bot.me, GREETING_PATIENCE)
        # A webhook left over from another way of running would keep the updates from us.
        await bot.delete_webhook(drop_pending_updates=False)
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise CannotServe(f"BOT_TOKEN is not known to {server}; @BotFather shows the right one") from None
    except (TelegramUnreachable, AiogramError) as error:
        raise CannotServe(f"{server} cannot be reached, or is no Bot API server: {_cause(error)}") from None


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, TelegramUnreachable) else type(error).__name__


def _stop(end: asyncio.Future[None]) -> None:
    if not end.done():
        end.set_result(None)


def _fail(end: asyncio.Future[None], error: Exception) -> None:
    if not end.done():
        end.set_exception(error)


def _end_on_error(done: asyncio.Task[None], end: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _fail(end, error if isinstance(error, Exception) else RuntimeError("loading the models broke off"))


def _why_ended(worker: asyncio.Task[None]) -> Exception:
    error = worker.exception()
    if isinstance(error, MemoryError):
        return CannotServe("There is no memory to go on; what was accepted is answered after a new start")
    return error if isinstance(error, Exception) else RuntimeError("a worker has ended")


def _close(end: asyncio.Future[None]) -> None:
    # Asked for, so that a failure that came second is not reported as one that nobody looked at.
    if end.done():
        end.exception()
    else:
        end.cancel()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
