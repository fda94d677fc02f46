"""What every method of the Bot API is given, and the checks that many of them share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.bots import Bot
from sandbox.chats import Chat, Message
from sandbox.errors import bad_request, forbidden
from sandbox.keyboards import Markup, read_markup
from sandbox.parameters import Parameters
from sandbox.world import World


@dataclass(frozen=True)
class Call:
    """One call: who calls, with which parameters."""

    world: World
    bot: Bot
    parameters: Parameters


Method = Callable[[Call], Awaitable[Any]]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register a function as the Bot API method ``name``; Telegram takes names in any case."""

    def register(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return register


def chat_of(call: Call) -> Chat:
    """Return the chat that ``chat_id`` names. Raises 400 for an unknown one, 403 where the bot is blocked or out."""
    if not call.parameters.text("chat_id").strip():
        raise bad_request("chat_id is empty")
    chat = call.bot.chats.get(call.parameters.integer("chat_id"))
    if chat is None or not chat.begun:
        raise bad_request("chat not found")
    if chat.blocked:
        where = f"the {chat.kind} chat"
        out = f"bot is not a member of {where}" if chat.status == "left" else f"bot was kicked from {where}"
        raise forbidden("bot was blocked by the user" if chat.id > 0 else out)
    return chat


def message_of(call: Call, chat: Chat, what: str) -> Message:
    """Return the message that ``message_id`` names; ``what`` ("message to edit") begins the error 400."""
    number = call.parameters.integer("message_id")
    if number <= 0:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(number)
    if message is None:
        raise bad_request(f"{what} not found")
    return message


def markup_of(call: Call) -> Markup:
    """Return the checked ``reply_markup``."""
    if "reply_markup" not in call.parameters:
        return Markup()
    value = call.parameters.structure("reply_markup", "reply keyboard markup")
    if value is None and call.parameters.text("reply_markup").strip() == "null":
        raise bad_request("object expected as reply markup")
    return read_markup(value)
