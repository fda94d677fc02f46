"""Changing messages that a bot sent."""

from __future__ import annotations

from typing import Any

from sandbox.chats import Chat, Message, now
from sandbox.errors import bad_request
from sandbox.methods.call import Call, chat_of, markup_of, message_of, method
from sandbox.methods.media import read_media
from sandbox.texts import read_text

_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@method("editMessageText")
async def edit_message_text(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editmessagetext"""
    text, entities = read_text(call.parameters, "text")
    chat, message = _own_message(call)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    content: dict[str, Any] = {"text": text}
    if entities:
        content["entities"] = entities
    return _replace(call, chat, message, ("text", "entities"), content)


@method("editMessageCaption")
async def edit_message_caption(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editmessagecaption"""
    caption, entities = read_text(call.parameters, "caption")
    chat, message = _own_message(call)
    if "photo" not in message and "document" not in message:
        raise bad_request("there is no caption in the message to edit")
    content: dict[str, Any] = {}
    if caption:
        content["caption"] = caption
    if entities:
        content["caption_entities"] = entities
    if call.parameters.flag("show_caption_above_media"):
        content["show_caption_above_media"] = True
    return _replace(call, chat, message, _CAPTION, content)


@method("editMessageMedia")
async def edit_message_media(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editmessagemedia"""
    chat, message = _own_message(call)
    content = await read_media(call, call.parameters.structure("media", "media"))
    return _replace(call, chat, message, ("text", "entities", "photo", "document", *_CAPTION), content)


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> Any:
    """https://core.telegram.org/bots/api#editmessagereplymarkup"""
    chat, message = _own_message(call)
    return _replace(call, chat, message, (), {})


def _own_message(call: Call) -> tuple[Chat, Message]:
    chat = chat_of(call)
    message = message_of(call, chat, "message to edit")
    if message["from"]["id"] != call.bot.id:
        raise bad_request("message can't be edited")
    return chat, message


def _replace(call: Call, chat: Chat, message: Message, names: tuple[str, ...], content: dict[str, Any]) -> Message:
    """Put ``content`` in the place of the fields ``names``; the buttons go too unless the call brings some."""
    markup = markup_of(call).inline
    kept = {name: part for name, part in message.items() if name not in (*names, "reply_markup", "edit_date")}
    edited = kept | content
    if markup is not None:
        edited["reply_markup"] = markup
    if edited == {name: part for name, part in message.items() if name != "edit_date"}:
        raise bad_request(_NOT_MODIFIED)
    if message["message_id"] not in chat.messages:  # deleted while a picture was read
        raise bad_request("message to edit not found")
    edited["edit_date"] = now()
    chat.edit(edited, call.bot.next_message_id())
    return edited
