"""Control for tests: ``/sandbox/faults``, ``/sandbox/calls`` and ``/sandbox/privacy``.

POST ``/sandbox/faults`` with JSON ``method`` (any case; ``*`` for every method, ``file`` for downloads; default ``*``),
``status`` (an HTTP status, or 0 or "cut" to cut the connection without an answer; absent: the call goes on after the
delay), ``retry_after`` (seconds, with status 429), ``times`` (calls to hit, default 1), ``delay`` (seconds before),
``after`` (true: the call is carried out and only its answer fails), ``description`` and ``where`` (an object: only
calls with these parameters, such as one ``file_id`` of ``getFile``). GET lists the faults that are left, DELETE takes
them back. GET ``/sandbox/calls?after=ID&method=NAME`` answers an array of the bots' calls:
``{"id", "method", "bot", "params", "date", "status", "milliseconds"}``.

POST ``/sandbox/privacy`` (``enabled``, optional ``bot``): whether the bot is shown only what is meant for it in groups,
as Telegram does unless BotFather is told otherwise.
"""

from __future__ import annotations

from aiohttp import web

from sandbox.bot_api import WORLD
from sandbox.errors import ApiError, bad_request
from sandbox.faults import CUT, Fault
from sandbox.parameters import Parameters, read_parameters


def add_routes(app: web.Application) -> None:
    """Add the routes to ``app``, which must hold a ``WORLD``."""
    app.router.add_post("/sandbox/faults", add_fault)
    app.router.add_get("/sandbox/faults", list_faults)
    app.router.add_delete("/sandbox/faults", clear_faults)
    app.router.add_get("/sandbox/calls", list_calls)
    app.router.add_post("/sandbox/privacy", set_privacy)


async def add_fault(request: web.Request) -> web.Response:
    """Put a fault in the way of the next calls."""
    try:
        fault = _read_fault(await read_parameters(request))
    except ApiError as error:
        return web.json_response(error.body(), status=error.code)
    request.app[WORLD].faults.add(fault)
    return web.json_response(fault.as_json())


async def list_faults(request: web.Request) -> web.Response:
    """Answer the faults that have times left."""
    return web.json_response([fault.as_json() for fault in request.app[WORLD].faults.waiting()])


async def clear_faults(request: web.Request) -> web.Response:
    """Take all faults back."""
    request.app[WORLD].faults.clear()
    return web.json_response([])


async def list_calls(request: web.Request) -> web.Response:
    """Answer the calls of the bots."""
    parameters = await read_parameters(request)
    calls = request.app[WORLD].calls.since(parameters.integer("after"), parameters.text("method"))
    return web.json_response(calls)


async def set_privacy(request: web.Request) -> web.Response:
    """Turn a bot's privacy in groups on or off."""
    parameters = await read_parameters(request)
    bot = request.app[WORLD].persons_bot(parameters.integer("bot"))
    bot.privacy = parameters.flag("enabled")
    return web.json_response({"enabled": bot.privacy})


def _read_fault(parameters: Parameters) -> Fault:
    word = parameters.text("status").strip().lower()
    status = None
    if word == "cut":
        status = CUT
    elif word:
        status = parameters.integer("status", -1)
        if status != CUT and not 400 <= status <= 599:
            raise bad_request('status must be 400 to 599, or 0 or "cut" for a connection that is cut')
    times, delay = parameters.integer("times", 1), parameters.number("delay")
    if times < 1 or delay < 0:
        raise bad_request("times must be at least 1, and delay at least 0")
    where = parameters.structure("where", "where") or {}
    if not isinstance(where, dict):
        raise bad_request("where must be an Object")
    return Fault(
        method=parameters.text("method").strip().lower() or "*",
        status=status,
        retry_after=parameters.integer("retry_after") if "retry_after" in parameters else None,
        times=times,
        delay=delay,
        after=parameters.flag("after"),
        description=parameters.text("description"),
        where=where,
    )
