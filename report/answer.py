"""What a person is told, part by part, and as plain text that fits under a picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.card import Risk
from models.diagnosis import Verdict

CAPTION_LIMIT: Final = 1024
"""UTF-16 code units in a Telegram caption, <https://core.telegram.org/bots/api#sendphoto>."""
MESSAGE_LIMIT: Final = 4096
"""UTF-16 code units in a Telegram message, <https://core.telegram.org/bots/api#sendmessage>."""


class Hint(StrEnum):
    """What a channel may offer as a command or a button of its own."""

    ASK_PNEUMONIA = "ask_pneumonia"
    ASK_MELANOMA = "ask_melanoma"


@dataclass(frozen=True)
class FindingLine:
    """A finding in words (``strength``) and figures (``figure``); ``probability`` is 0..1, ``code`` the class's."""

    code: str
    name: str
    strength: str
    figure: str
    probability: float
    risk: Risk

    @property
    def text(self) -> str:
        return f"{self.name}: {self.strength}, {self.figure}"


@dataclass(frozen=True)
class Answer:
    """The parts of an answer in the order they are read, plain text without markup.

    ``band`` is the verdict with its sign, or for a refusal (``verdict`` is None) what is wrong in a few words.
    ``subject`` says what was looked at, ``where`` where the model looked; a refusal has neither ``where`` nor findings.
    ``reliance`` says how far the names of the findings can be relied on, where that is known.
    """

    verdict: Verdict | None
    band: str
    subject: str
    summary: str
    findings: tuple[FindingLine, ...]
    where: str
    next_step: str
    limits: str
    hint: Hint | None = None
    reliance: str = ""

    @property
    def heading(self) -> str:
        return f"{self.band} · {self.subject}" if self.subject else self.band

    def text(self, limit: int = CAPTION_LIMIT) -> str:
        """The whole answer in at most ``limit`` UTF-16 code units.

        When it is too long the least important part goes first: the lesser findings, where the model looked, all
        findings, the summary, the limits, the next step. The verdict stays.
        """
        lines = [f"• {finding.text}" for finding in self.findings]
        parts = {
            "heading": self.heading,
            "summary": " ".join(filter(None, (self.summary, self.reliance))),
            "findings": "\n".join(lines),
            "where": self.where and f"🔍 {self.where}",
            "next_step": f"👉 {self.next_step}",
            "limits": f"ℹ️ {self.limits}",
        }
        savings = [("findings", lines[0] if lines else ""), ("where", ""), ("findings", "")]
        savings += [("summary", ""), ("limits", ""), ("next_step", "")]
        for part, less in savings:
            if utf16_length(_joined(parts)) <= limit:
                break
            parts[part] = less
        return shorten(_joined(parts), limit)


def bar(probability: float, cells: int = 10) -> str:
    """``probability``, 0..1, as a bar of ``cells`` block characters: "███████░░░"."""
    filled = min(cells, max(0, round(probability * cells)))
    return "█" * filled + "░" * (cells - filled)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the way Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` UTF-16 code units, ended by an ellipsis where something is cut off."""
    if utf16_length(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore")
    return kept.rstrip() + "…"


def _joined(parts: dict[str, str]) -> str:
    return "\n\n".join(part for part in parts.values() if part)
