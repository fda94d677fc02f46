"""The person's side: ``/sandbox/chats/{chat_id}/...``, for the chat page and for tests.

A chat begins with its first message; a positive id is a private chat, a negative one a group. Values come as JSON,
query or form. Every call takes, optionally, ``bot`` (a bot's id; else the bot that called last), ``language_code``,
``first_name``, ``last_name``, ``username``, and in groups ``user_id`` and ``title``.

POST ``text`` (``text``), ``photo`` and ``document`` (multipart ``file``, optional ``caption``, ``media_group_id``) with
optional ``reply_to_message_id`` and ``forwarded``: answer the ``Message``. POST ``edit`` (``message_id``, ``text``
or ``caption``): answers the ``Message``. POST ``press`` (``message_id``, ``data``): answers the ``CallbackQuery``.
POST ``block`` (``blocked``): the person blocks the bot, or unblocks it. GET ``messages`` (``after``, ``wait``): see
``sandbox.watching``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.bot_api import WORLD
from sandbox.bots import Bot
from sandbox.chats import Chat, Message, Person, now
from sandbox.errors import ApiError, bad_request
from sandbox.methods.media import keep_document, keep_photo
from sandbox.parameters import Parameters, Upload, read_parameters
from sandbox.pictures import NotAPhoto, photo_sizes
from sandbox.texts import MAX_CAPTION, MAX_TEXT, find_entities, format_text
from sandbox.world import World


@dataclass(frozen=True)
class Turn:
    """What a person does in a chat."""

    world: World
    bot: Bot
    chat: Chat
    parameters: Parameters


Action = Callable[[Turn], Awaitable[Any]]


def add_routes(app: web.Application) -> None:
    """Add what a person can do to ``app``, which must hold a ``WORLD``."""
    actions: dict[str, Action] = {
        "text": write,
        "photo": send_photo,
        "document": send_document,
        "edit": edit,
        "press": press,
        "block": block,
    }
    for name, action in actions.items():
        app.router.add_post(f"/sandbox/chats/{{chat_id:-?[0-9]{{1,15}}}}/{name}", _serve(action))


def _serve(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            parameters = await read_parameters(request)
            bot = world.persons_bot(parameters.integer("bot"))
            chat = open_chat(bot, int(request.match_info["chat_id"]), parameters)
            return web.json_response(await action(Turn(world, bot, chat, parameters)))
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)

    return serve


def open_chat(bot: Bot, chat_id: int, parameters: Parameters) -> Chat:
    """Return the chat with ``bot``, with the names and the language that ``parameters`` give to its person."""
    if chat_id == 0:
        raise bad_request("a chat's id is not 0")
    user_id = chat_id if chat_id > 0 else parameters.integer("user_id", 1)
    chat = bot.chats.get(chat_id)
    if chat is None:
        chat = bot.chat(chat_id, Person(user_id))
    elif chat.person.id != user_id:
        chat.person = Person(user_id)
    chat.title = parameters.text("title") or chat.title
    chat.change_person(
        **{name: parameters.text(name) for name in ("first_name", "last_name", "username", "language_code")}
    )
    return chat


async def write(turn: Turn) -> Message:
    """Send a text."""
    text, entities = format_text(turn.parameters.text("text"), "", None, MAX_TEXT)
    return _send(turn, {"text": text} | ({"entities": entities} if entities else {}))


async def send_photo(turn: Turn) -> Message:
    """Send a picture as a photo: it gets Telegram's sizes and loses its metadata."""
    upload = _file(turn)
    try:
        sizes = await asyncio.to_thread(photo_sizes, upload.data)
    except NotAPhoto as error:
        raise bad_request(f"{error}: send it as a file instead") from error
    return _send(turn, {"photo": keep_photo(turn.world, sizes)} | _caption(turn))


async def send_document(turn: Turn) -> Message:
    """Send a file, whose bytes stay as they are."""
    upload = _file(turn)
    return _send(turn, {"document": keep_document(turn.world, upload)} | _caption(turn))


async def edit(turn: Turn) -> Message:
    """Change the text or the caption of a message that the person sent."""
    message = _message(turn)
    if message["from"]["id"] != turn.chat.person.id:
        raise bad_request("message can't be edited")
    name = "text" if "text" in message else "caption"
    limit = MAX_TEXT if name == "text" else MAX_CAPTION
    text, entities = format_text(turn.parameters.text(name), "", None, limit)
    field = "entities" if name == "text" else "caption_entities"
    edited = {key: part for key, part in message.items() if key not in (name, field)}
    edited |= {name: text, "edit_date": now()}
    if entities:
        edited[field] = entities
    turn.chat.edit(edited, turn.bot.next_message_id())
    turn.bot.updates.add("edited_message", edited)
    return edited


async def press(turn: Turn) -> dict[str, Any]:
    """Press a button under a message of the bot."""
    message = _message(turn)
    data = turn.parameters.text("data")
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    if not any(button.get("callback_data") == data for row in rows for button in row):
        raise bad_request("the message has no button with this data")
    query = {
        "id": turn.bot.open_query(turn.chat, message["message_id"]),
        "from": turn.chat.person.as_user(),
        "message": message,
        "chat_instance": str(turn.chat.id * 7_919),
        "data": data,
    }
    turn.bot.updates.add("callback_query", query)
    return query


async def block(turn: Turn) -> dict[str, Any]:
    """Block the bot, or unblock it."""
    blocked = turn.parameters.flag("blocked")
    member = turn.bot.as_user()
    states = [{"status": "member", "user": member}, {"status": "kicked", "user": member, "until_date": 0}]
    if blocked is not turn.chat.blocked:
        turn.chat.blocked = blocked
        turn.chat.record("blocked", blocked=blocked)
        change = {
            "chat": turn.chat.as_chat(),
            "from": turn.chat.person.as_user(),
            "date": now(),
            "old_chat_member": states[not blocked],
            "new_chat_member": states[blocked],
        }
        turn.bot.updates.add("my_chat_member", change)
    return {"blocked": blocked}


def _send(turn: Turn, content: dict[str, Any]) -> Message:
    chat, parameters = turn.chat, turn.parameters
    if chat.blocked:
        raise bad_request("the bot is blocked in this chat: unblock it first (POST .../block)")
    message: Message = {
        "message_id": turn.bot.next_message_id(),
        "from": chat.person.as_user(),
        "chat": chat.as_chat(),
        "date": now(),
    }
    if parameters.integer("reply_to_message_id"):
        replied = chat.messages.get(parameters.integer("reply_to_message_id"))
        if replied is None:
            raise bad_request("message to be replied not found")
        message["reply_to_message"] = {name: part for name, part in replied.items() if name != "reply_to_message"}
    if parameters.flag("forwarded"):
        origin = {"type": "hidden_user", "sender_user_name": "Someone", "date": message["date"]}
        message["forward_origin"] = origin
    if parameters.text("media_group_id"):
        message["media_group_id"] = parameters.text("media_group_id")
    message |= content
    chat.begun = True
    chat.add(message)
    turn.bot.updates.add("message", message)
    return message


def _caption(turn: Turn) -> dict[str, Any]:
    caption, _ = format_text(turn.parameters.text("caption"), "", None, MAX_CAPTION)
    if not caption:
        return {}
    entities = find_entities(caption, [])
    return {"caption": caption} | ({"caption_entities": entities} if entities else {})


def _file(turn: Turn) -> Upload:
    upload = turn.parameters.uploads.get("file")
    if upload is None:
        raise bad_request("there is no file in the request")
    return upload


def _message(turn: Turn) -> Message:
    message = turn.chat.messages.get(turn.parameters.integer("message_id"))
    if message is None:
        raise bad_request("message not found")
    return message
