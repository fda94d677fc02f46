"""The Bot API over HTTP: https://core.telegram.org/bots/api#making-requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox import methods
from sandbox.bots import Bot
from sandbox.errors import ApiError
from sandbox.faults import CUT, Fault
from sandbox.methods.call import METHODS, Call
from sandbox.parameters import Parameters, read_parameters
from sandbox.world import World

WORLD: web.AppKey[World] = web.AppKey("world", World)

Act = Callable[[Bot, Fault | None, Parameters], Awaitable[web.Response]]

__all__ = ["WORLD", "add_routes", "methods"]


def add_routes(app: web.Application) -> None:
    """Add ``/bot<token>/<method>`` and ``/file/bot<token>/<path>`` to ``app``, which must hold a ``WORLD``."""
    app.router.add_route("*", "/bot{token:[^/]+}/{method:[^/]*}", call_method)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", download)


async def call_method(request: web.Request) -> web.Response:
    """Carry out a method, or the fault that waits for it, and log the call."""
    world = request.app[WORLD]
    name = request.match_info["method"]

    async def act(bot: Bot, fault: Fault | None, parameters: Parameters) -> web.Response:
        function = METHODS.get(name.lower())
        if function is None or request.method not in ("GET", "POST"):
            raise ApiError(404, "Not Found")
        result = await function(Call(world, bot, parameters))
        if fault is not None and fault.after:
            _fail(request, fault)
        return web.json_response({"ok": True, "result": result})

    return await _answer(request, name, act)


async def download(request: web.Request) -> web.Response:
    """Give the bytes of a file; the fault method of downloads is ``file``."""
    path = request.match_info["path"]

    async def act(_bot: Bot, fault: Fault | None, _parameters: Parameters) -> web.Response:
        file = request.app[WORLD].files.download(path)
        if file is None:
            raise ApiError(404, "Not Found")
        if fault is not None and fault.after:
            _fail(request, fault)
        return web.Response(body=file.data, content_type="application/octet-stream")

    return await _answer(request, "file", act)


async def _answer(request: web.Request, name: str, act: Act) -> web.Response:
    """Admit the bot, log the call as ``name``, let a fault that waits for it happen, and ``act``."""
    world = request.app[WORLD]
    try:
        bot = world.bot_of(request.match_info["token"])
        parameters = await read_parameters(request)
    except ApiError as error:
        return web.json_response(error.body(), status=error.code)
    details = _loggable(parameters) if name != "file" else {"path": request.match_info["path"]}
    entry = world.calls.start(name, bot.id, details)
    fault = world.faults.take(name.lower(), details)
    status = 0
    try:
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if not fault.after:
                _fail(request, fault)
        response = await act(bot, fault, parameters)
        status = response.status
    except ApiError as error:
        status = error.code
        response = web.json_response(error.body(), status=status)
    finally:
        entry.finish(status)
    return response


def _fail(request: web.Request, fault: Fault) -> None:
    """Answer with the error of ``fault``, or cut the connection, unless it only delays."""
    if fault.status is None:
        return
    if fault.status != CUT:
        raise fault.error()
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("cut on request")


def _loggable(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters with each file's name, type and size in the place of its bytes."""
    files = {
        name: {"file_name": upload.file_name, "content_type": upload.content_type, "size": len(upload.data)}
        for name, upload in parameters.uploads.items()
    }
    return dict(parameters.values) | files
