"""The HTTP server: Bot API, the person's side, and the chat page."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from sandbox import bot_api, control, person, watching
from sandbox.bot_api import WORLD
from sandbox.parameters import MAX_REQUEST_BYTES
from sandbox.world import World

STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(world: World | None = None) -> web.Application:
    """Return the application; ``world`` holds the state and is a new one unless given."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[_guard])
    app[WORLD] = world or World()
    for part in (bot_api, person, watching, control):
        part.add_routes(app)
    app.on_cleanup.append(_close)
    app.router.add_get("/", _page)
    app.router.add_get("/favicon.ico", _icon)
    app.router.add_static("/static", STATIC)
    return app


@asynccontextmanager
async def serving(world: World, listening: socket.socket) -> AsyncIterator[None]:
    """Serve ``world`` on the socket ``listening`` as long as the block lasts."""
    # Cancelling the handler of a client that went away is what frees its pending getUpdates.
    runner = web.AppRunner(create_app(world), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield
    finally:
        await runner.cleanup()


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites' pages out of the person's side, and tell browsers to load nothing from elsewhere."""
    origin = request.headers.get("Origin")
    if request.path.startswith("/sandbox/") and origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="other sites may not use the sandbox")
    response = await handler(request)
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path == "/" or request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-cache"
    return response


async def _close(app: web.Application) -> None:
    await app[WORLD].close()


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html")


async def _icon(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "icon.svg")
