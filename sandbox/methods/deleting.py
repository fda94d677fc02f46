"""Deleting messages."""

from __future__ import annotations

from typing import Any

from sandbox.chats import Chat, Message
from sandbox.errors import bad_request
from sandbox.methods.call import Call, chat_of, message_of, method


@method("deleteMessage")
async def delete_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletemessage"""
    chat = chat_of(call)
    message = message_of(call, chat, "message to delete")
    if not _may_delete(call, chat, message):
        raise bad_request("message can't be deleted")
    chat.delete(message["message_id"])
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletemessages; those that cannot be found are passed over."""
    chat = chat_of(call)
    numbers = call.parameters.structure("message_ids", "message identifiers")
    if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
        raise bad_request("can't parse message identifiers: expected an Array of Integer")
    if not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > 100:
        raise bad_request("too many message identifiers specified")
    found = [chat.messages[number] for number in dict.fromkeys(numbers) if number in chat.messages]
    if not all(_may_delete(call, chat, message) for message in found):
        raise bad_request("message can't be deleted")
    for message in found:
        chat.delete(message["message_id"])
    return True


def _may_delete(call: Call, chat: Chat, message: Message) -> bool:
    """In a private chat a bot deletes what it likes; in a group others' messages are for administrators."""
    return chat.id > 0 or chat.status == "administrator" or bool(message["from"]["id"] == call.bot.id)
