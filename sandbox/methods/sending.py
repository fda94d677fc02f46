"""The one way a message of a bot gets into a chat."""

from __future__ import annotations

from typing import Any

from sandbox.chats import Chat, Message, now
from sandbox.errors import bad_request
from sandbox.keyboards import Markup
from sandbox.methods.call import Call, chat_of


def begin(call: Call) -> tuple[Chat, Message | None]:
    """Check where a message goes: its chat, and the message it replies to. Raises ``ApiError``."""
    chat = chat_of(call)
    reply = _replied_message(call, chat)
    return chat, reply


def deliver(call: Call, chat: Chat, reply: Message | None, markup: Markup, content: dict[str, Any]) -> Message:
    """Add a message with ``content`` and ``markup`` to ``chat`` and return it. Raises ``ApiError``."""
    if call.world.limits is not None:
        call.world.limits.count(call.bot.id, chat.id)
    message: Message = {
        "message_id": call.bot.next_message_id(),
        "from": call.bot.as_user(),
        "chat": chat.as_chat(),
        "date": now(),
    }
    if reply is not None:
        message["reply_to_message"] = {name: part for name, part in reply.items() if name != "reply_to_message"}
    if call.parameters.flag("protect_content"):
        message["has_protected_content"] = True
    message |= content
    if markup.inline is not None:
        message["reply_markup"] = markup.inline
    chat.add(message)
    if markup.reply is not None:
        chat.keyboard = None if markup.reply.get("remove_keyboard") else markup.reply
        chat.record("keyboard", keyboard=chat.keyboard)
    return message


def _replied_message(call: Call, chat: Chat) -> Message | None:
    parameters = call.parameters
    given = parameters.structure("reply_parameters", "reply parameters")
    if given is None:
        number = parameters.integer("reply_to_message_id")
        optional = parameters.flag("allow_sending_without_reply")
    elif isinstance(given, dict) and isinstance(given.get("message_id"), int):
        number = given["message_id"]
        optional = bool(given.get("allow_sending_without_reply"))
    else:
        raise bad_request("object expected as reply parameters")
    if number == 0:
        return None
    message = chat.messages.get(number)
    if message is None and not optional:
        raise bad_request("message to be replied not found")
    return message
