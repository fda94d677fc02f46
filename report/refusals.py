"""Why there is no reading, and how to get one: a text of its own for every reason."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from conversion.picture import ReasonCode
from models.card import Modality
from models.diagnosis import Refusal, RefusalCode
from models.routing import Kind
from report.answer import Hint, shorten
from report.file_words import FILE_WORDS
from report.language import mark, quantity
from report.refusal_words import REFUSAL_WORDS, UNKNOWN_REASON, RefusalWords

_UNITS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        ReasonCode.FILE_TOO_LARGE: {"megabytes": "digital-megabyte", "limit": "digital-megabyte"},
        ReasonCode.TOO_MANY_PIXELS: {"megapixels": "graphics-megapixel", "limit": "graphics-megapixel"},
        ReasonCode.TOO_SLOW: {"limit": "duration-second"},
        ReasonCode.TOO_SMALL: {"side": "graphics-pixel", "limit": "graphics-pixel"},
    }
)

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Kind.DERMOSCOPY: mark("a close-up of the skin"),
        Kind.CHEST_XRAY: mark("a chest X-ray"),
        Kind.ADULT_CHEST_XRAY: mark("an adult's chest X-ray"),
    }
)
_HINTS: Final[Mapping[str, Hint]] = MappingProxyType(
    {Kind.DERMOSCOPY: Hint.ASK_MELANOMA, Kind.CHEST_XRAY: Hint.ASK_PNEUMONIA}
)
"""An adult's X-ray is for no model."""

NO_READING: Final = mark(
    "No reading was made, so this says nothing about your health. If you are worried, see a doctor."
)


def refusal_title(refusal: Refusal, translations: gettext.NullTranslations) -> str:
    """What is wrong, in a few words."""
    return translations.gettext(_words(refusal).title)


def explain_refusal(refusal: Refusal, language: str, translations: gettext.NullTranslations) -> str:
    """What is wrong, with the measured figures where ``refusal.details`` has them."""
    words = _words(refusal)
    sentences = [translations.gettext(words.wrong)]
    frames = refusal.details.get("frames")
    if refusal.code == ReasonCode.SEVERAL_FRAMES and isinstance(frames, int | float):
        count = int(frames)
        pattern = translations.ngettext("It holds {frames} picture.", "It holds {frames} pictures.", count)
        sentences.append(pattern.format(frames=count))
    if words.figures:
        # Without the figures the sentence on what is wrong is enough.
        with suppress(KeyError):
            sentences.append(translations.gettext(words.figures).format_map(_values(refusal, language, translations)))
    return " ".join(sentences)


def advise_after(refusal: Refusal, modality: Modality | None, translations: gettext.NullTranslations) -> str:
    """How to take or send the picture again."""
    words = _words(refusal)
    by_kind = "" if modality is None else words.xray_advice if modality is Modality.CHEST_XRAY else words.skin_advice
    return translations.gettext(by_kind or words.advice)


def hint_after(refusal: Refusal, modality: Modality | None) -> Hint | None:
    """The other model to ask, where the reason suggests that the wrong one was asked."""
    if refusal.code == ReasonCode.COLOURLESS:
        return Hint.ASK_PNEUMONIA
    if refusal.code == RefusalCode.WRONG_KIND and refusal.model is not None:
        return _HINTS.get(str(refusal.details.get("kind")))
    if refusal.code == RefusalCode.UNLIKE_TRAINING and modality is not None:
        return Hint.ASK_MELANOMA if modality is Modality.CHEST_XRAY else Hint.ASK_PNEUMONIA
    return None


def _words(refusal: Refusal) -> RefusalWords:
    if refusal.code == ReasonCode.UNSUPPORTED_FORMAT and refusal.details.get("format") in FILE_WORDS:
        return FILE_WORDS[str(refusal.details["format"])]
    return REFUSAL_WORDS.get(refusal.code, UNKNOWN_REASON)


def _values(refusal: Refusal, language: str, translations: gettext.NullTranslations) -> dict[str, str]:
    units = _UNITS.get(refusal.code, {})
    values = {"code": shorten(refusal.code, 40)}
    for name, value in refusal.details.items():
        if name in units and isinstance(value, int | float):
            values[name] = quantity(value, units[name], language)
        elif name == "kind" and value in _KINDS:
            values[name] = translations.gettext(_KINDS[str(value)])
        elif name == "format":
            values[name] = shorten(_format_name(str(value)), 60)
    return values


def _format_name(name: str) -> str:
    """A file suffix in capitals ("PDF"), a longer name as it is."""
    return name.upper() if len(name) <= 5 else name
