"""What a person, or a test, sees of a chat.

GET ``/sandbox/chats/{chat_id}/messages?after=ID&wait=SECONDS`` answers an array of the bot's ``Message`` objects, as
they are now, that were sent or edited after the message with the number ``after`` was sent; it waits until there is
one. Edits count on the same numbers: the header ``Sandbox-Last`` gives the ``after`` that continues from this answer.

GET ``.../events?after=ID&wait=SECONDS`` answers ``{"server", "last", "online", "events": [...]}``: everything that
happened, in order (see ``sandbox.chats``). GET ``/sandbox/chats/{chat_id}`` answers the state to begin from.
GET ``/sandbox/files/{file_id}`` answers a file's bytes.

GET ``/sandbox/events?after=ID&wait=SECONDS&types=NAMES`` answers ``{"server", "first", "last", "online", "events"}``
of all chats of the bot together, for those who watch many: each event with ``chat_id`` and ``at``, when it happened, in
Unix seconds. It is numbered on the bot's own count; continue from ``last``. ``first`` is the oldest that is kept: what
lies between ``after`` and it is lost. ``types`` (such as ``message,reaction``) leaves out all others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.bot_api import WORLD
from sandbox.bots import Bot, by_language
from sandbox.chats import Chat, Message, Person
from sandbox.errors import ApiError
from sandbox.news import News
from sandbox.parameters import Parameters, read_parameters
from sandbox.turns import open_chat

MAX_WAIT = 60.0
_PDF = "application/pdf"
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", _PDF})


def add_routes(app: web.Application) -> None:
    """Add the routes to ``app``, which must hold a ``WORLD``."""
    base = "/sandbox/chats/{chat_id:-?[0-9]{1,15}}"
    app.router.add_get(base, state)
    app.router.add_get(f"{base}/messages", messages)
    app.router.add_get(f"{base}/events", events)
    app.router.add_get("/sandbox/events", all_events)
    app.router.add_get("/sandbox/files/{file_id}", file)


async def state(request: web.Request) -> web.Response:
    """Answer who the bot is and what the chat holds."""
    bot, chat, person, _ = await _look(request)
    language = person.language_code[:2]
    profile = bot.profile
    about = bot.as_user() | {
        "name": by_language(profile.names, language) or bot.as_user()["first_name"],
        "description": by_language(profile.descriptions, language),
        "short_description": by_language(profile.short_descriptions, language),
        "commands": bot.commands_for(chat, person.id, language),
        "online": bot.online,
    }
    return web.json_response(
        {
            "server": request.app[WORLD].server,
            "last": chat.last_event,
            "bot": about,
            "chat": chat.as_chat(),
            "blocked": chat.blocked,
            "status": chat.status,
            "keyboard": chat.keyboard,
            "read_up_to": chat.read_up_to,
            "messages": list(chat.messages.values()),
            "reactions": {str(number): reactions for number, reactions in chat.reactions.items() if reactions},
        }
    )


async def messages(request: web.Request) -> web.Response:
    """Answer the bot's messages that are new, or changed, since one."""
    bot, chat, _, parameters = await _look(request)
    after = parameters.integer("after")

    def news() -> list[Message]:
        bots = (message for message in chat.messages.values() if message["from"]["id"] == bot.id)
        return [message for message in bots if chat.positions[message["message_id"]] > after]

    found = await _wait(chat.news, parameters, news)
    last = max((chat.positions.get(message["message_id"], 0) for message in found), default=after)
    return web.json_response(found, headers={"Sandbox-Last": str(last)})


async def events(request: web.Request) -> web.Response:
    """Answer what happened after an event."""
    bot, chat, _, parameters = await _look(request)
    after = parameters.integer("after")
    found = await _wait(chat.news, parameters, lambda: [event for event in chat.events if event["id"] > after])
    server = request.app[WORLD].server
    return web.json_response({"server": server, "last": chat.last_event, "online": bot.online, "events": found})


async def all_events(request: web.Request) -> web.Response:
    """Answer what happened after an event in all chats of a bot."""
    parameters = await read_parameters(request)
    bot = request.app[WORLD].persons_bot(parameters.integer("bot"))
    after = parameters.integer("after")
    kinds = frozenset(filter(None, parameters.text("types").split(",")))
    found = await _wait(bot.news, parameters, lambda: bot.events_after(after, kinds))
    first = bot.events[0]["id"] if bot.events else bot.last_event + 1
    body = {"first": first, "last": bot.last_event, "online": bot.online, "events": found}
    return web.json_response({"server": request.app[WORLD].server, **body})


async def file(request: web.Request) -> web.Response:
    """Answer a file; only pictures and PDFs are shown by browsers, everything else is for saving."""
    found = request.app[WORLD].files.get(request.match_info["file_id"])
    if found is None:
        return web.json_response(ApiError(404, "Not Found").body(), status=404)
    shown = found.mime_type if found.mime_type in _SHOWN else "application/octet-stream"
    place = "inline" if found.mime_type in _SHOWN else "attachment"
    headers = {
        "Content-Type": shown,
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(found.name)}",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    if shown == _PDF:
        # The browser's own viewer is a page of parts, which the policy of all other answers would keep out.
        headers["Content-Security-Policy"] = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return web.Response(body=found.data, headers=headers)


async def _look(request: web.Request) -> tuple[Bot, Chat, Person, Parameters]:
    parameters = await read_parameters(request)
    bot = request.app[WORLD].persons_bot(parameters.integer("bot"))
    return bot, *open_chat(bot, int(request.match_info["chat_id"]), parameters), parameters


async def _wait(news: News, parameters: Parameters, look: Callable[[], list[Any]]) -> list[Any]:
    """Return what ``look`` finds, as soon as it finds something or the seconds to wait are over."""
    deadline = time.monotonic() + min(max(parameters.number("wait"), 0.0), MAX_WAIT)
    while not (found := look()) and (left := deadline - time.monotonic()) > 0:
        await news.wait(left)
    return found
