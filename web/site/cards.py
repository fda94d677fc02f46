"""A model's card in plain words, as the API tells it, with its headings and lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from web.site.documents import Model
from web.site.markup import put

_BULLET: Final = "• "


@dataclass(frozen=True)
class CardPart:
    """A heading, which may be empty, with paragraphs and a list."""

    heading: str
    text: tuple[str, ...]
    bullets: tuple[str, ...]


def parts_of(about: str) -> list[CardPart]:
    """The parts of a card: apart by empty lines, the first line of several is the heading. The first part is the name
    of the model, of which the version stays."""
    parts = []
    for number, block in enumerate(block for block in about.split("\n\n") if block.strip()):
        lines = block.splitlines()
        heading = lines.pop(0) if len(lines) > 1 else ""
        bullets = tuple(line.removeprefix(_BULLET) for line in lines if line.startswith(_BULLET))
        text = tuple(line for line in lines if not line.startswith(_BULLET))
        parts.append(CardPart("" if number == 0 else heading, text, bullets))
    return parts


def put_card(model: Model, title: str = "") -> None:
    """The card of ``model`` on the page."""
    put("card", title=title, parts=parts_of(model.about))
