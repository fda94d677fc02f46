"""The API as a child of the site: both start together and both end together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process

from web.site.api import Api
from web.site.runner import CannotServe, serve
from web.site.settings import SiteSettings

_LOOK_EVERY_SECONDS = 0.5
_STOP_SECONDS = 30


async def serve_together(settings: SiteSettings, listener: socket.socket) -> int:
    """Start the API where the settings say that it is, wait until it is ready, serve the site; the exit status.

    Whichever ends first ends the other. Raises ``CannotServe``.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    if settings.api_listen is None:
        raise CannotServe("SITE_API_URL has to look like http://127.0.0.1:8000 for an API that is started here")
    api = await _start_api(settings.api_listen)
    try:
        return await _until_one_ends(settings, listener, api, stopped)
    finally:
        await _end(api)


async def _start_api(listen: str) -> Process:
    # A process group of its own: a Ctrl-C of the terminal reaches it through this process only, and once.
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "web",
        env={**os.environ, "API_LISTEN": listen},
        stdin=asyncio.subprocess.DEVNULL,
        process_group=0,
    )


async def _until_one_ends(settings: SiteSettings, listener: socket.socket, api: Process, stopped: asyncio.Event) -> int:
    api_end = asyncio.create_task(api.wait())
    site_end = asyncio.create_task(_serve_when_ready(settings, listener))
    # Of the site itself once it serves: it takes the signals over.
    early_end = asyncio.create_task(stopped.wait())
    ends = (api_end, site_end, early_end)
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    status = 0
    if site_end.done():
        site_end.result()
    elif api_end.done() and not stopped.is_set():
        # It has said why on standard error. One that a signal ended has 128 + its number, as in a shell.
        status = api_end.result() or 1
        status = status if status > 0 else 128 - status
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
    return status


async def _serve_when_ready(settings: SiteSettings, listener: socket.socket) -> None:
    api = Api(settings.site_api_url)
    ready = False
    while not ready:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        ready = await asyncio.to_thread(api.ready)
    await serve(listener)


async def _end(api: Process) -> None:
    if api.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        api.terminate()
    try:
        await asyncio.wait_for(api.wait(), _STOP_SECONDS)
    except TimeoutError:
        api.kill()
        await api.wait()
