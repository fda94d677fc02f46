"""Starts, serves and stops the API."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

import uvicorn

from journal import JournalUnavailable, open_journal
from journal.housekeeping import keep_house
from models import DiagnosisService, EngineFailed, EnginesStuck, ModelsError
from models.metrics import show_build
from models.serving import build_service, leave_stuck, settle
from models.settings import WrongSettings, read_settings
from web.app import build_app
from web.desk import Standing, make_desk
from web.logs import set_up_logging
from web.settings import KeyRule, WebSettings

logger = logging.getLogger(__name__)

EXIT_CANNOT_SERVE = 2
_LAST_WORDS_SECONDS = 2.0


class CannotServe(Exception):
    """Why the API cannot be served, in one line for who runs it."""


class Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn would end the process by the signal, not with exit status 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> int:
    """Run until stopped; the exit status."""
    try:
        settings = read_settings(WebSettings)
        set_up_logging(settings)
        asyncio.run(serve(settings))
    except EngineFailed as error:
        leave_stuck(error)
    except (WrongSettings, CannotServe, JournalUnavailable, ModelsError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # noqa: T201 - the one line
        return EXIT_CANNOT_SERVE
    return 0


async def serve(settings: WebSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises what ``main`` tells in one line."""
    show_build(settings.build_revision)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listening(*settings.listen))
        service = build_service(settings, shows=False)
        stack.push_async_callback(service.close)
        journal = await open_journal(settings.journal_url)
        stack.push_async_callback(journal.close)
        if lost := await journal.api.give_up_lost():
            logger.warning("%d pictures were never finished, with a process that was killed", lost)
        desk = make_desk(settings, service, journal)
        stack.callback(desk.shelf.clear)
        server = Server(server_config(build_app(desk), settings))
        if settings.journal_keep_days:
            housework = asyncio.create_task(keep_house(journal, settings.journal_keep_days))
            stack.callback(housework.cancel)
        loading = asyncio.create_task(_load(service, desk.standing, server))
        watching = asyncio.create_task(_watch(service, desk.standing, server))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, server, desk.standing)
        _greet(settings, listener)
        await server.serve([listener])
        logger.info("stopping")
        await _settle(server)
        for task in (loading, watching):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    logger.info("stopped")


def server_config(app: object, settings: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.api_stop_seconds,
    )


async def _load(service: DiagnosisService, standing: Standing, server: Server) -> None:
    try:
        await service.start()
        settle()
        standing.loaded = True
        logger.info("ready")
    except Exception:
        server.should_exit = True
        raise


async def _watch(service: DiagnosisService, standing: Standing, server: Server) -> None:
    try:
        await service.until_stuck()
    except EnginesStuck:
        standing.loaded = False
        _stop(server, standing)
        raise


async def _settle(server: Server) -> None:
    """Lets requests that were cut off say so."""
    if server.server_state.tasks:
        await asyncio.wait(server.server_state.tasks, timeout=_LAST_WORDS_SECONDS)


def _stop(server: Server, standing: Standing) -> None:
    standing.stopping = True
    server.should_exit = True


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Raises ``CannotServe``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise CannotServe(f"API_LISTEN: {host}:{port}: {error.strerror or error}") from error
    with listener:
        # asyncio sets this only on sockets that name their protocol, which those of create_server do not: the second
        # part of an answer would wait 40 ms for the caller's acknowledgement of the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _greet(settings: WebSettings, listener: socket.socket) -> None:
    host, port = settings.listen[0], listener.getsockname()[1]
    logger.info("serving at http://%s:%d/, described at /openapi.json", f"[{host}]" if ":" in host else host, port)
    if settings.keys_required:
        logger.info("keys are required; make one with: python -m web keys create NAME")
    elif settings.api_keys is KeyRule.OFF:
        logger.warning("API_KEYS=off: whoever gets here is served")
    else:
        logger.info("no keys are asked for, since only this machine gets here")
