"""How to speak of a model's class, whether it is one of those with words of their own or not."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from models.card import ModelCard, Risk
from models.diagnosis import Finding
from report.answer import shorten
from report.labels import GROWTHS_AND_XRAYS, Care, LabelWords
from report.labels_dermnet import DERMNET
from report.language import mark

_WORDS: Final[Mapping[str, LabelWords]] = MappingProxyType({**GROWTHS_AND_XRAYS, **DERMNET})

KNOWN_LABELS: Final[Mapping[str, Risk]] = MappingProxyType({code: words.risk for code, words in _WORDS.items()})
"""Classes with words of their own, and how risky each is."""

_NAMED: Final = mark("“{name}”")
_SIGNS: Final = mark("signs of {name}")
_RISING: Final = tuple(Risk)


def finding_words(code: str, translations: gettext.NullTranslations) -> LabelWords:
    """How to speak of the class ``code``, in the language of ``translations``.

    A class without words of its own is called by its code, made readable, and counts as of moderate risk: an unknown
    risk is none to wave through.
    """
    _ = translations.gettext
    if code not in _WORDS:
        name = _(_NAMED).format(name=_readable(code))
        return LabelWords(name, _(_SIGNS).format(name=name), name, Risk.MODERATE, Care.RASH)
    words = _WORDS[code]
    return replace(
        words,
        name=_(words.name),
        signs=_(words.signs),
        likeness=_(words.likeness),
        note=_(words.note) if words.note else "",
    )


def risk_of(code: str, card: ModelCard | None) -> Risk:
    """How soon a doctor should see the class ``code``: from the card, else from what is known of it."""
    if card is not None:
        for label in card.labels:
            if label.code == code:
                return label.risk
    return KNOWN_LABELS.get(code, Risk.MODERATE)


def positive_codes(codes: Sequence[str], card: ModelCard | None) -> frozenset[str]:
    """Which of ``codes`` the verdict speaks of: the card's, else those of moderate or high risk."""
    if card is not None:
        return frozenset(card.thresholds.positive)
    return frozenset(code for code in codes if risk_of(code, None) in (Risk.MODERATE, Risk.HIGH))


def most_pressing(findings: Sequence[Finding], card: ModelCard | None) -> Finding:
    """The one of ``findings`` that leaves least time: the riskiest, of equals an urgent one, then the likeliest."""

    def haste(finding: Finding) -> tuple[int, bool, float]:
        known = _WORDS.get(finding.label)
        urgent = known is not None and known.care is Care.URGENT
        return _RISING.index(risk_of(finding.label, card)), urgent, finding.probability

    return max(findings, key=haste)


def _readable(code: str) -> str:
    """``code`` without separators and not too long: "Nail_Fungus-Photos" becomes "Nail Fungus Photos"."""
    return shorten(" ".join(code.replace("_", " ").replace("-", " ").split()), 60)
