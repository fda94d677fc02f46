"""Texts and captions of messages: markup, limits, and the entities that Telegram finds by itself."""

from __future__ import annotations

import re
from typing import Any

from sandbox.errors import bad_request
from sandbox.html import Entity, parse_html, utf16_length
from sandbox.parameters import Parameters

MAX_TEXT = 4096
MAX_CAPTION = 1024
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f]")


def read_text(parameters: Parameters, name: str) -> tuple[str, list[Entity]]:
    """Return the text parameter ``name`` (``text`` or ``caption``) and its entities, as a message will show them."""
    field = "entities" if name == "text" else "caption_entities"
    return format_text(
        parameters.text(name),
        parameters.text("parse_mode"),
        parameters.structure(field, "message entities"),
        limit=MAX_TEXT if name == "text" else MAX_CAPTION,
    )


def format_text(source: str, parse_mode: str, given: Any, limit: int) -> tuple[str, list[Entity]]:
    """Apply markup and limits. Raises ``ApiError`` 400: bad markup, empty text, more than ``limit`` UTF-16 units."""
    text = _CONTROLS.sub(lambda match: "" if match.group() == "\r" else " ", source)
    mode = parse_mode.lower()
    entities: list[Entity] = []
    if mode == "html":
        text, entities = parse_html(text)
    elif mode in ("markdown", "markdownv2"):
        raise bad_request("can't parse entities: the sandbox reads parse_mode HTML only")
    elif mode and mode != "none":
        raise bad_request("unsupported parse_mode")
    elif given:
        entities = _check_entities(given, utf16_length(text))
    text, entities = _strip(text, entities)
    if limit == MAX_TEXT and not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > limit:
        raise bad_request("message is too long" if limit == MAX_TEXT else "message caption is too long")
    return text, find_entities(text, entities)


def find_entities(text: str, known: list[Entity]) -> list[Entity]:
    """Return ``known`` and the links, commands, mentions, hashtags and addresses found in the rest of ``text``."""
    found = list(known)
    closed = [entity for entity in known if entity["type"] in ("text_link", "code", "pre")]
    for match in _FOUND.finditer(text):
        begin = utf16_length(text[: match.start()])
        length = utf16_length(match.group())
        if any(begin < entity["offset"] + entity["length"] and entity["offset"] < begin + length for entity in closed):
            continue
        found.append({"type": match.lastgroup, "offset": begin, "length": length})
    return sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))


def _check_entities(given: Any, length: int) -> list[Entity]:
    if not isinstance(given, list) or not all(isinstance(entity, dict) for entity in given):
        raise bad_request("can't parse message entities: expected an Array of MessageEntity")
    for entity in given:
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int) or not isinstance(entity.get("type"), str):
            raise bad_request("can't parse entities: an entity needs a type, an offset and a length")
        if offset < 0 or size <= 0 or offset + size > length:
            raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
    return [dict(entity) for entity in given]


def _strip(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Drop white space around the text, as Telegram does, and move the entities along."""
    stripped = text.strip()
    before = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(stripped)
    moved: list[Entity] = []
    for entity in entities:
        begin = max(0, entity["offset"] - before)
        end = min(length, entity["offset"] + entity["length"] - before)
        if begin < end:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return stripped, moved
