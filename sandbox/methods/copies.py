"""Sending again what is already in a chat."""

from __future__ import annotations

from typing import Any

from sandbox.chats import Chat, Message
from sandbox.errors import bad_request
from sandbox.methods.call import Call, markup_of, message_of, method
from sandbox.methods.sending import begin, deliver
from sandbox.texts import read_text

# What belongs to the place of a message, not to its content.
_PLACE = (
    "message_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "reply_to_message",
    "reply_markup",
    "media_group_id",
    "has_protected_content",
)
_CAPTIONED = ("photo", "document", "video", "animation", "audio", "voice")


@method("copyMessage")
async def copy_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#copymessage"""
    chat, reply = begin(call)
    message = _source(call, "message to copy")
    content = _content(message)
    content.pop("forward_origin", None)
    if "caption" in call.parameters and any(kind in message for kind in _CAPTIONED):
        caption, entities = read_text(call.parameters, "caption")
        content = {name: part for name, part in content.items() if not name.startswith("caption")}
        content |= ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})
    return {"message_id": deliver(call, chat, reply, markup_of(call), content)["message_id"]}


@method("forwardMessage")
async def forward_message(call: Call) -> Any:
    """https://core.telegram.org/bots/api#forwardmessage"""
    chat, _ = begin(call)
    message = _source(call, "message to forward")
    origin = {"type": "user", "sender_user": message["from"], "date": message["date"]}
    return deliver(call, chat, None, markup_of(call), {"forward_origin": origin} | _content(message))


def _source(call: Call, what: str) -> Message:
    chat: Chat | None = call.bot.chats.get(call.parameters.integer("from_chat_id"))
    if chat is None or not chat.begun:
        raise bad_request("chat not found")
    return message_of(call, chat, what)


def _content(message: Message) -> dict[str, Any]:
    return {name: part for name, part in message.items() if name not in _PLACE}
