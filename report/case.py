"""Several pictures of one case in one text: the worst first, and what to do next for all of them."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.card import Modality, ModelCard
from models.diagnosis import Diagnosis, Refusal, Verdict
from report.advice import modality_of
from report.language import load_translations, mark
from report.refusals import NO_READING, refusal_title
from report.words import LOCALES, describe, lead_line, name_verdict, positive_share


class Unread(StrEnum):
    """Why there is neither a diagnosis nor a refusal of a picture."""

    FAILED = "failed"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True)
class CasePicture:
    """What was said of a picture of the case, and the ``card`` of the model that was asked, None when none was reached
    or it is not known any more."""

    result: Diagnosis | Refusal | Unread
    card: ModelCard | None = None


_UNREAD: Final = {
    Unread.FAILED: mark("⚠️ Not read: something went wrong"),
    Unread.TAKEN_BACK: mark("🚫 Not read: it was taken back"),
}
_LINE: Final = mark("Picture {place} · {said}")
_GO_BY: Final = mark("Go by picture {place}.")
_WORST_FIRST: Final = (Verdict.SUSPICIOUS, Verdict.UNCLEAR, Verdict.UNSUSPICIOUS)
_DEMONSTRATION: Final = mark("Each picture was read by itself; this is a research demonstration, not a medical device.")


@dataclass(frozen=True)
class _Read:
    place: int
    diagnosis: Diagnosis
    card: ModelCard | None


def summarise(pictures: Sequence[CasePicture], language: str) -> str:
    """The case in words, plain text whose first paragraph is its heading.

    ``pictures`` come in the order in which they were sent, by which they are numbered from 1. ``language`` is one of
    ``report.language.LANGUAGES``.
    """
    translations = load_translations(LOCALES, language)
    _ = translations.gettext
    placed = list(enumerate(pictures, start=1))
    read = [_Read(place, one.result, one.card) for place, one in placed if isinstance(one.result, Diagnosis)]
    read.sort(key=_worst_first)
    lines = [(one.place, _say_reading(one, language)) for one in read]
    for place, one in placed:
        if isinstance(one.result, Refusal):
            lines.append((place, refusal_title(one.result, translations)))
        elif isinstance(one.result, Unread):
            lines.append((place, _(_UNREAD[one.result])))
    heading = translations.ngettext(
        "🗂 {count} picture in this album, the most pressing first",
        "🗂 {count} pictures in this album, the most pressing first",
        len(pictures),
    ).format(count=len(pictures))
    said = "\n".join(_(_LINE).format(place=place, said=said) for place, said in lines)
    if not read:
        return "\n\n".join((heading, said, f"👉 {_(NO_READING)}"))
    limits = " ".join(filter(None, (_about_unread(len(pictures) - len(read), translations), _(_DEMONSTRATION))))
    return "\n\n".join((heading, said, f"👉 {_next_step(read, language, translations)}", f"ℹ️ {limits}"))


def _worst_first(one: _Read) -> tuple[int, float, int]:
    verdict = _WORST_FIRST.index(one.diagnosis.verdict)
    return verdict, -positive_share(one.diagnosis, one.card), one.place


def _say_reading(one: _Read, language: str) -> str:
    lead = lead_line(one.diagnosis, one.card, language)
    return f"{name_verdict(one.diagnosis.verdict, language)} · {lead.text}"


def _next_step(read: Sequence[_Read], language: str, translations: gettext.NullTranslations) -> str:
    """The step of the worst picture; where skin and X-rays are among them, that of the worst of either kind, unless
    there it can wait."""
    steps: dict[bool, str] = {}
    for one in read:
        is_xray = modality_of(one.diagnosis.model, one.card) is Modality.CHEST_XRAY
        calm = one.diagnosis.verdict is Verdict.UNSUSPICIOUS
        if is_xray in steps or (steps and calm):
            continue
        step = describe(one.diagnosis, one.card, language).next_step
        go_by = "" if calm else translations.gettext(_GO_BY).format(place=one.place)
        steps[is_xray] = f"{go_by} {step}".strip()
    return "\n👉 ".join(steps.values())


def _about_unread(count: int, translations: gettext.NullTranslations) -> str:
    if not count:
        return ""
    pattern = translations.ngettext(
        "{count} picture was not read, so nothing is said about it.",
        "{count} pictures were not read, so nothing is said about them.",
        count,
    )
    return pattern.format(count=count)
