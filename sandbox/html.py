"""Telegram's HTML: https://core.telegram.org/bots/api#html-style, with the errors of its server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sandbox.errors import bad_request

Entity = dict[str, Any]

_SPACE = " \t\r\n\0\v"
_KINDS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot)(?![a-zA-Z]));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts everything."""
    return len(text) + sum(character > "\uffff" for character in text)


@dataclass
class _OpenTag:
    name: str
    begin: int
    length_before: int
    pieces_before: int
    attributes: dict[str, str] = field(default_factory=dict)


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[_OpenTag] = []
        self.entities: list[Entity] = []

    def fail(self, text: str, position: int | None = None) -> NoReturn:
        place = "" if position is None else f" at byte offset {len(self.source[:position].encode())}"
        raise bad_request(f"can't parse entities: {text}{place}")

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def skip_spaces(self) -> None:
        while self.peek() and self.peek() in _SPACE:
            self.at += 1

    def take_until(self, ends: str) -> str:
        begin = self.at
        while self.peek() and self.peek() not in ends:
            self.at += 1
        return self.source[begin : self.at]

    def reference(self) -> str:
        """Read what stands at an ampersand: a character reference, or the ampersand itself."""
        match = _REFERENCE.match(self.source, self.at)
        if match is None:
            self.at += 1
            return "&"
        hexadecimal, decimal, name = match.groups()
        code = ord(_NAMED[name]) if name else int(hexadecimal or decimal, 16 if hexadecimal else 10)
        if code == 0 or code >= 0x10FFFF:
            self.at += 1
            return "&"
        if 0xD800 <= code <= 0xDFFF:
            self.fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        self.at = match.end()
        return chr(code)

    def run(self) -> None:
        while character := self.peek():
            if character == "<":
                if self.source.startswith("</", self.at):
                    self.end_tag()
                else:
                    self.start_tag()
                continue
            if character == "&":
                character = self.reference()
            else:
                self.at += 1
            self.text.append(character)
            self.length += utf16_length(character)
        if self.open:
            self.fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self.take_until(_SPACE + ">").lower()
        if not self.peek():
            self.fail("Unclosed start tag", begin)
        if name not in _KINDS:
            self.fail(f'Unsupported start tag "{name}"', begin)
        tag = _OpenTag(name, begin, self.length, len(self.text))
        while True:
            self.skip_spaces()
            if not self.peek():
                self.fail("Unclosed start tag", begin)
            if self.peek() == ">":
                break
            self.attribute(tag)
        self.at += 1
        if name == "span" and tag.attributes.get("class") != "tg-spoiler":
            self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(tag)

    def attribute(self, tag: _OpenTag) -> None:
        name = self.take_until(_SPACE + "=>")
        if not name:
            self.fail(f'Empty attribute name in the tag "{tag.name}"', tag.begin)
        self.skip_spaces()
        if self.peek() != "=":
            if tag.name == "blockquote" and name.lower() == "expandable":
                tag.attributes["expandable"] = ""
                return
            self.fail(f'Expected equal sign in declaration of an attribute of the tag "{tag.name}"', tag.begin)
        self.at += 1
        self.skip_spaces()
        quote = self.peek()
        if not quote:
            self.fail(f'Unclosed start tag "{tag.name}"', tag.begin)
        tag.attributes[name.lower()] = self.quoted(tag) if quote in "'\"" else self.bare()

    def bare(self) -> str:
        begin = self.at
        while self.peek() and ((self.peek().isascii() and self.peek().isalnum()) or self.peek() in ".-"):
            self.at += 1
        if not self.peek() or self.peek() not in _SPACE + ">":
            self.fail("Unexpected end of name token", begin)
        return self.source[begin : self.at].lower()

    def quoted(self, tag: _OpenTag) -> str:
        quote = self.peek()
        self.at += 1
        value: list[str] = []
        while (character := self.peek()) != quote:
            if not character:
                self.fail("Unclosed start tag", tag.begin)
            if character == "&":
                value.append(self.reference())
            else:
                value.append(character)
                self.at += 1
        self.at += 1
        return "".join(value)

    def end_tag(self) -> None:
        begin = self.at
        if not self.open:
            self.fail("Unexpected end tag", begin)
        self.at += 2
        name = self.take_until(_SPACE + ">").lower()
        self.skip_spaces()
        if self.peek() != ">":
            self.fail("Unclosed end tag", begin)
        self.at += 1
        tag = self.open.pop()
        if name and name != tag.name:
            self.fail(
                f"Unmatched end tag at byte offset {len(self.source[:begin].encode())}, "
                f'expected "</{tag.name}>", found "</{name}>"'
            )
        if self.length > tag.length_before:
            self.close(tag)

    def close(self, tag: _OpenTag) -> None:
        entity: Entity = {
            "type": _KINDS[tag.name],
            "offset": tag.length_before,
            "length": self.length - tag.length_before,
        }
        if tag.name == "a":
            link = tag.attributes.get("href") or "".join(self.text[tag.pieces_before :])
            if not re.match(r"(?:[a-z][a-z0-9+.-]*:|[^\s/]+\.[^\s/]{2,})", link, re.IGNORECASE):
                return
            entity["url"] = link if ":" in link else f"http://{link}/"
        elif tag.name == "blockquote" and "expandable" in tag.attributes:
            entity["type"] = "expandable_blockquote"
        elif tag.name == "tg-emoji":
            entity["custom_emoji_id"] = tag.attributes.get("emoji-id", "")
        elif tag.name == "code" and self.open and self.open[-1].name == "pre" and "class" in tag.attributes:
            self.open[-1].attributes["language"] = tag.attributes["class"].removeprefix("language-")
        if tag.name == "pre" and tag.attributes.get("language"):
            entity["language"] = tag.attributes["language"]
        self.entities.append(entity)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text without markup and its entities (offsets in UTF-16 units), outermost first.

    Raises ``ApiError`` 400 "can't parse entities: ..." where Telegram does.
    """
    parser = _Parser(source)
    parser.run()
    monospaced = [entity for entity in parser.entities if entity["type"] in ("code", "pre")]
    kept = [entity for entity in parser.entities if not any(_lies_in(entity, block) for block in monospaced)]
    kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(parser.text), kept


def _lies_in(entity: Entity, block: Entity) -> bool:
    """Tell whether ``entity`` is markup inside monospaced text, where Telegram keeps none."""
    if entity is block or entity["type"] in ("text_link", "blockquote", "expandable_blockquote"):
        return False
    if entity["type"] == "pre":
        return False
    end = entity["offset"] + entity["length"]
    return bool(block["offset"] <= entity["offset"] and end <= block["offset"] + block["length"])
