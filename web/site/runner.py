"""Starts, serves and stops the site."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from web.site.settings import SiteSettings

logger = logging.getLogger(__name__)

SCRIPT: Final = Path(__file__).parent / "page.py"
_MESSAGE_LIMIT: Final = 64 * 2**20
_STOP_SECONDS: Final = 3


class CannotServe(Exception):
    """Why the site cannot be served, in one line for who runs it."""


class Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn would end the process by the signal, not with exit status 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Serve nobody any more."""
        self.should_exit = True


@contextlib.contextmanager
def listening(settings: SiteSettings) -> Iterator[socket.socket]:
    """The socket of the site. Raises ``CannotServe``."""
    host, port = settings.listen
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise CannotServe(f"SITE_LISTEN: {settings.site_listen}: {error.strerror or error}") from error
    with listener:
        yield listener


async def serve(listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, or until this is cancelled."""
    # Loaded here, when the port is ours: it takes seconds.
    from streamlit.starlette import App  # noqa: PLC0415

    from web.site.logs import on_script_error, set_up_logging  # noqa: PLC0415

    @contextlib.asynccontextmanager
    async def tell(_: App) -> AsyncIterator[None]:
        logger.info("the site is ready: %s", address(listener))
        yield

    app = App(SCRIPT, on_script_error=on_script_error, lifespan=tell)
    set_up_logging()
    server = Server(_config(app))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.stop()
        await serving


def address(listener: socket.socket) -> str:
    """Where a browser on this machine finds the site."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - nothing is bound here
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        ws="websockets-sansio",
        ws_max_size=_MESSAGE_LIMIT,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
