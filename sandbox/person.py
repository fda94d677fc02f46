"""The person's side: ``/sandbox/chats/{chat_id}/...``, for the chat page and for tests.

A chat begins with its first message; a positive id is a private chat, a negative one a group. Values come as JSON,
query or form. Every call takes, optionally, ``bot`` (a bot's id; else the bot that called last), ``language_code``,
``first_name``, ``last_name``, ``username``, and in groups ``user_id`` (who acts; default 1) and ``title``.

POST ``text`` (``text``), ``photo`` and ``document`` (multipart ``file``, optional ``caption``, ``media_group_id``) with
optional ``reply_to_message_id`` and ``forwarded``: answer the ``Message``; instead of a file, ``file_id`` sends on one
that was sent before. POST ``edit`` (``message_id``, ``text``
or ``caption``): answers the ``Message``. POST ``press`` (``message_id``, ``data``): answers the ``CallbackQuery``.
POST ``block`` (``blocked``): the person blocks the bot, or unblocks it. GET ``messages`` (``after``, ``wait``): see
``sandbox.watching``.

POST ``album`` (multipart: 2 to 10 files of any field names, ``kind`` "photo" or "document", optional ``caption``,
``reply_to_message_id``): all at once, as phones send them; answers the array of ``Message`` objects. POST ``other``
(``kind``, and what ``sandbox.kinds`` says): a message of another kind, a video or a sticker; answers the ``Message``.
POST ``delete`` (``message_id``, or ``message_ids``): the person deletes messages, for both sides, of which a bot is
told nothing. With ``inaccessible`` a ``press`` carries, as long after, only the place of the message. In groups, POST
``member`` (``status``): see ``sandbox.groups``, and ``/sandbox/privacy`` in ``sandbox.control``.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from aiohttp import web

from sandbox.chats import Message, now
from sandbox.errors import bad_request
from sandbox.groups import change_status, make
from sandbox.kinds import send_other
from sandbox.methods.media import keep_document, keep_photo, sent_before
from sandbox.parameters import Upload
from sandbox.pictures import NotAPhoto, photo_sizes
from sandbox.texts import MAX_CAPTION, MAX_TEXT, format_text
from sandbox.turns import Turn, add_actions, caption_of, file_of, hand_over, message_of, post

MAX_ALBUM = 10


def add_routes(app: web.Application) -> None:
    """Add what a person can do to ``app``, which must hold a ``WORLD``."""
    actions = {
        "text": write,
        "photo": send_photo,
        "document": send_document,
        "album": send_album,
        "other": send_other,
        "edit": edit,
        "delete": delete,
        "press": press,
        "block": block,
        "member": change_status,
    }
    add_actions(app, actions)


async def write(turn: Turn) -> Message:
    """Send a text."""
    text, entities = format_text(turn.parameters.text("text"), "", None, MAX_TEXT)
    return post(turn, {"text": text} | ({"entities": entities} if entities else {}))


async def send_photo(turn: Turn) -> Message:
    """Send a picture as a photo: it gets Telegram's sizes and loses its metadata."""
    content = await _content(turn, "photo")
    return post(turn, content | caption_of(turn))


async def send_document(turn: Turn) -> Message:
    """Send a file, whose bytes stay as they are."""
    content = await _content(turn, "document")
    return post(turn, content | caption_of(turn))


async def send_album(turn: Turn) -> list[Message]:
    """Send several files together; the caption stands with the first. All of them are sent, or none."""
    kind = turn.parameters.text("kind") or "photo"
    uploads = list(turn.parameters.uploads.values())
    if kind not in ("photo", "document"):
        raise bad_request("kind must be photo or document")
    if not 2 <= len(uploads) <= MAX_ALBUM:
        raise bad_request(f"an album has 2 to {MAX_ALBUM} files")
    contents = [await _kept(turn, kind, upload) for upload in uploads]
    contents[0] |= caption_of(turn)
    group = turn.parameters.text("media_group_id") or str(13_000_000_000_000_000 + secrets.randbits(48))
    return [post(turn, {"media_group_id": group} | content) for content in contents]


async def edit(turn: Turn) -> Message:
    """Change the text or the caption of a message that the person sent."""
    message = message_of(turn)
    if message["from"]["id"] != turn.person.id:
        raise bad_request("message can't be edited")
    name = "text" if "text" in message else "caption"
    limit = MAX_TEXT if name == "text" else MAX_CAPTION
    text, entities = format_text(turn.parameters.text(name), "", None, limit)
    field = "entities" if name == "text" else "caption_entities"
    edited = {key: part for key, part in message.items() if key not in (name, field)} | {"edit_date": now()}
    if text:
        edited[name] = text
    if entities:
        edited[field] = entities
    turn.chat.edit(edited, turn.bot.next_message_id())
    hand_over(turn, "edited_message", edited)
    return edited


async def delete(turn: Turn) -> dict[str, Any]:
    """Delete messages of either side."""
    given = turn.parameters.structure("message_ids", "message identifiers")
    numbers = given if isinstance(given, list) else [turn.parameters.integer("message_id")]
    if not all(number in turn.chat.messages for number in numbers):
        raise bad_request("message to delete not found")
    for number in dict.fromkeys(numbers):
        turn.chat.delete(number)
    return {"deleted": numbers}


async def press(turn: Turn) -> dict[str, Any]:
    """Press a button under a message of the bot."""
    message = message_of(turn)
    data = turn.parameters.text("data")
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    if not any(button.get("callback_data") == data for row in rows for button in row):
        raise bad_request("the message has no button with this data")
    if turn.chat.blocked:
        raise bad_request("the bot is not here to answer")
    # https://core.telegram.org/bots/api#inaccessiblemessage
    place = {"chat": message["chat"], "message_id": message["message_id"], "date": 0}
    query = {
        "id": turn.bot.open_query(turn.chat, message["message_id"]),
        "from": turn.person.as_user(),
        "message": place if turn.parameters.flag("inaccessible") else message,
        "chat_instance": str(turn.chat.id * 7_919),
        "data": data,
    }
    turn.bot.updates.add("callback_query", query)
    return query


async def block(turn: Turn) -> dict[str, Any]:
    """Block the bot, or unblock it."""
    blocked = turn.parameters.flag("blocked")
    make(turn, "kicked" if blocked else "member")
    return {"blocked": blocked}


async def _content(turn: Turn, kind: str) -> dict[str, Any]:
    """Return the field of a message for the file that was sent along, or for the one that ``file_id`` names."""
    file_id = turn.parameters.text("file_id")
    return sent_before(turn.world, kind, file_id) if file_id else await _kept(turn, kind, file_of(turn))


async def _kept(turn: Turn, kind: str, upload: Upload) -> dict[str, Any]:
    """Keep a file and return the field of a message that it makes."""
    if kind == "document":
        return {"document": keep_document(turn.world, upload)}
    try:
        sizes = await asyncio.to_thread(photo_sizes, upload.data)
    except NotAPhoto as error:
        raise bad_request(f"{error}: send it as a file instead") from error
    return {"photo": keep_photo(turn.world, sizes)}
