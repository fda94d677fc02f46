"""Photos, documents and albums that a bot sends."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import Any

from sandbox.errors import ApiError, bad_request
from sandbox.keyboards import Markup
from sandbox.methods.call import Call, markup_of, method
from sandbox.methods.sending import begin, deliver
from sandbox.parameters import Upload
from sandbox.pictures import PhotoSize, bot_photo_sizes
from sandbox.texts import MAX_CAPTION, format_text, read_text
from sandbox.world import World

MAX_UPLOAD_BYTES = 50 * 2**20


@method("sendPhoto")
async def send_photo(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendphoto"""
    return await _send(call, "photo")


@method("sendDocument")
async def send_document(call: Call) -> Any:
    """https://core.telegram.org/bots/api#senddocument"""
    return await _send(call, "document")


@method("sendMediaGroup")
async def send_media_group(call: Call) -> Any:
    """https://core.telegram.org/bots/api#sendmediagroup"""
    chat, reply = begin(call)
    media = call.parameters.structure("media", "media")
    if not isinstance(media, list):
        raise bad_request("expected an Array of InputMedia")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > 10:
        raise bad_request("too many messages to send as an album")
    contents = [await read_media(call, item) for item in media]
    if len({"document" in content for content in contents}) > 1:
        raise bad_request("documents can't be mixed with other media types")
    if len(contents) > 1:
        group = str(call.bot.next_message_id() + 13_000_000_000_000_000)
        contents = [{"media_group_id": group, **content} for content in contents]
    return [deliver(call, chat, reply, Markup(), content) for content in contents]


async def read_media(call: Call, item: Any) -> dict[str, Any]:
    """Return the content of a message for an ``InputMedia`` object of a bot. Raises ``ApiError``."""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    if kind not in ("photo", "document"):
        raise bad_request("can't parse InputMedia: the sandbox knows the types photo and document")
    content = await _file_content(call, kind, str(item.get("media") or ""))
    caption, entities = format_text(
        str(item.get("caption") or ""), str(item.get("parse_mode") or ""), item.get("caption_entities"), MAX_CAPTION
    )
    return content | _caption(caption, entities, bool(item.get("show_caption_above_media")))


def keep_photo(world: World, sizes: list[PhotoSize]) -> list[dict[str, Any]]:
    """Keep the sizes of a photo and return its Bot API ``PhotoSize`` objects, smallest first."""
    kept = world.files.add_photo([(size.data, size.width, size.height) for size in sizes])
    return [file.as_photo_size() for file in kept]


def keep_document(world: World, upload: Upload) -> dict[str, Any]:
    """Keep a file as it is and return its Bot API ``Document``."""
    kind = upload.content_type
    if kind == "application/octet-stream":
        kind = mimetypes.guess_type(upload.file_name)[0] or kind
    return world.files.add("document", upload.data, upload.file_name, kind).as_document()


def sent_before(world: World, kind: str, file_id: str) -> dict[str, Any]:
    """Return the field of a message for the ``kind`` "photo" or "document" with this id. Raises the error 400."""
    file = world.files.get(file_id)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        was, wanted = (name.replace("_", " ").title().replace(" ", "") for name in (file.kind, kind))
        raise bad_request(f"can't use file of type {was} as {wanted}")
    if kind == "document":
        return {"document": file.as_document()}
    return {"photo": [size.as_photo_size() for size in world.files.sizes_of(file)]}


async def _send(call: Call, kind: str) -> Any:
    chat, reply = begin(call)
    markup = markup_of(call)
    caption, entities = read_text(call.parameters, "caption")
    upload = call.parameters.uploads.get(kind)
    if upload is not None:
        content = await _uploaded(call.world, kind, upload)
    else:
        content = await _file_content(call, kind, call.parameters.text(kind).strip())
    above = call.parameters.flag("show_caption_above_media")
    return deliver(call, chat, reply, markup, content | _caption(caption, entities, above))


def _caption(text: str, entities: list[dict[str, Any]], above: bool) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if text:
        content["caption"] = text
    if entities:
        content["caption_entities"] = entities
    if above:
        content["show_caption_above_media"] = True
    return content


async def _file_content(call: Call, kind: str, reference: str) -> dict[str, Any]:
    """Return the content for a file that is attached, or sent again by its id."""
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith("attach://"):
        upload = call.parameters.uploads.get(reference.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"there is no {kind} in the request")
        return await _uploaded(call.world, kind, upload)
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    return sent_before(call.world, kind, reference)


async def _uploaded(world: World, kind: str, upload: Upload) -> dict[str, Any]:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > MAX_UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "document":
        return {"document": keep_document(world, upload)}
    sizes = await asyncio.to_thread(bot_photo_sizes, upload.data, world.options.one_size)
    return {"photo": keep_photo(world, sizes)}
