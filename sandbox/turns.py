"""One thing that a person does: in which chat, who does it, and how it reaches the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.bot_api import WORLD
from sandbox.bots import Bot
from sandbox.chats import Chat, Message, Person, now
from sandbox.errors import ApiError, bad_request
from sandbox.parameters import Parameters, Upload, read_parameters
from sandbox.privacy import is_shown
from sandbox.texts import MAX_CAPTION, format_text
from sandbox.world import World


@dataclass(frozen=True)
class Turn:
    """What a person does in a chat."""

    world: World
    bot: Bot
    chat: Chat
    person: Person
    parameters: Parameters


Action = Callable[[Turn], Awaitable[Any]]


def add_actions(app: web.Application, actions: Mapping[str, Action]) -> None:
    """Serve each action as a POST under ``/sandbox/chats/{chat_id}/``; what it returns is the answer."""
    for name, action in actions.items():
        app.router.add_post(f"/sandbox/chats/{{chat_id:-?[0-9]{{1,15}}}}/{name}", _serve(action))


def _serve(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            parameters = await read_parameters(request)
            bot = world.persons_bot(parameters.integer("bot"))
            chat, person = open_chat(bot, int(request.match_info["chat_id"]), parameters)
            chat.people[person.id] = person
            return web.json_response(await action(Turn(world, bot, chat, person, parameters)))
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)

    return serve


def open_chat(bot: Bot, chat_id: int, parameters: Parameters) -> tuple[Chat, Person]:
    """Return the chat with ``bot`` and who looks or acts, with the names and the language that ``parameters`` give."""
    if chat_id == 0:
        raise bad_request("a chat's id is not 0")
    chat = bot.chat(chat_id)
    chat.title = parameters.text("title") or chat.title
    names = ("first_name", "last_name", "username", "language_code")
    user_id = chat_id if chat_id > 0 else parameters.integer("user_id", 1)
    return chat, chat.person(user_id, {name: parameters.text(name) for name in names})


def post(turn: Turn, content: dict[str, Any]) -> Message:
    """Add a message of the person with ``content`` to the chat and return it; the bot gets it if it may."""
    chat, parameters = turn.chat, turn.parameters
    if chat.blocked and chat.id > 0:
        raise bad_request("the bot is blocked in this chat: unblock it first (POST .../block)")
    message: Message = {
        "message_id": turn.bot.next_message_id(),
        "from": turn.person.as_user(),
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
    hand_over(turn, "message", message)
    return message


def hand_over(turn: Turn, kind: str, message: Message) -> None:
    """Give the bot an update with a message of a person, unless it is one that a bot in a group does not see.

    Before a bot came, nobody knows whom a message mentions: all of them wait, and are chosen from when it comes.
    """
    if turn.chat.blocked:
        return
    if turn.bot.token is None or is_shown(turn.bot, message):
        turn.bot.updates.add(kind, message)


def caption_of(turn: Turn) -> dict[str, Any]:
    """Return the fields of a message that the caption makes."""
    caption, entities = format_text(turn.parameters.text("caption"), "", None, MAX_CAPTION)
    if not caption:
        return {}
    return {"caption": caption} | ({"caption_entities": entities} if entities else {})


def file_of(turn: Turn) -> Upload:
    """Return the file that was sent along. Raises the error 400 where there is none."""
    upload = turn.parameters.uploads.get("file")
    if upload is None:
        raise bad_request("there is no file in the request")
    return upload


def message_of(turn: Turn) -> Message:
    """Return the message that ``message_id`` names. Raises the error 400 for an unknown one."""
    message = turn.chat.messages.get(turn.parameters.integer("message_id"))
    if message is None:
        raise bad_request("message not found")
    return message
