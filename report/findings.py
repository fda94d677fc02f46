"""What a finding is called, what it looks like and how risky it is: said here once, for every channel."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from models.card import ModelCard, Risk
from report.answer import shorten
from report.language import mark


@dataclass(frozen=True)
class FindingWords:
    """A finding as a list entry, as signs ("the model finds ...") and as a likeness ("looks like ...")."""

    name: str
    signs: str
    likeness: str


# "benign keratosis" and the like are HAM10000's groups: Tschandl et al. 2018, doi:10.1038/sdata.2018.161.
_WORDS: Final[Mapping[str, FindingWords]] = MappingProxyType(
    {
        "malignant": FindingWords(
            mark("malignant skin growth"),
            mark("signs of a malignant skin growth, such as melanoma"),
            mark("a malignant skin growth"),
        ),
        "benign": FindingWords(
            mark("harmless (benign) skin growth"),
            mark("signs of a harmless skin growth"),
            mark("a harmless skin growth"),
        ),
        "pneumonia": FindingWords(
            mark("pneumonia"),
            mark("signs of pneumonia, an inflammation of the lungs"),
            mark("a chest X-ray with signs of pneumonia"),
        ),
        "normal": FindingWords(
            mark("X-ray without signs of pneumonia"),
            mark("no signs of pneumonia"),
            mark("a chest X-ray without signs of pneumonia"),
        ),
        "akiec": FindingWords(
            mark("actinic keratosis or Bowen's disease"),
            mark("signs of actinic keratosis or Bowen's disease, which can turn into skin cancer"),
            mark("an actinic keratosis or Bowen's disease"),
        ),
        "bcc": FindingWords(
            mark("basal cell carcinoma"),
            mark("signs of basal cell carcinoma, a skin cancer that grows slowly"),
            mark("a basal cell carcinoma"),
        ),
        "bkl": FindingWords(
            mark("benign keratosis (age spot or wart-like growth)"),
            mark("signs of a benign keratosis"),
            mark("a benign keratosis: an age spot or a wart-like growth"),
        ),
        "df": FindingWords(
            mark("dermatofibroma (harmless firm knot)"),
            mark("signs of a dermatofibroma"),
            mark("a dermatofibroma, a harmless firm knot in the skin"),
        ),
        "mel": FindingWords(
            mark("melanoma"),
            mark("signs of melanoma, a dangerous skin cancer"),
            mark("a melanoma"),
        ),
        "nv": FindingWords(
            mark("mole (naevus)"),
            mark("signs of an ordinary mole"),
            mark("an ordinary mole"),
        ),
        "vasc": FindingWords(
            mark("growth of blood vessels (such as an angioma)"),
            mark("signs of a growth of blood vessels"),
            mark("a growth of blood vessels, such as an angioma"),
        ),
    }
)

_RISK: Final[Mapping[str, Risk]] = MappingProxyType(
    {
        "malignant": Risk.HIGH,
        "mel": Risk.HIGH,
        "pneumonia": Risk.HIGH,
        "akiec": Risk.MODERATE,
        "bcc": Risk.MODERATE,
        "benign": Risk.NONE,
        "normal": Risk.NONE,
        "bkl": Risk.NONE,
        "df": Risk.NONE,
        "nv": Risk.NONE,
        "vasc": Risk.LOW,
    }
)

KNOWN_LABELS: Final = tuple(_WORDS)


def finding_words(code: str, translations: gettext.NullTranslations) -> FindingWords:
    """How to speak of the class ``code``; a class without words of its own is called by its code, made readable."""
    _ = translations.gettext
    if code in _WORDS:
        words = _WORDS[code]
        return FindingWords(_(words.name), _(words.signs), _(words.likeness))
    name = _("“{name}”").format(name=_readable(code))
    return FindingWords(name, _("signs of {name}").format(name=name), name)


def risk_of(code: str, card: ModelCard | None) -> Risk:
    """How soon a doctor should see the class ``code``: from the card, else from what is known of it.

    A class that neither knows counts as moderate: an unknown risk is none to wave through.
    """
    if card is not None:
        for label in card.labels:
            if label.code == code:
                return label.risk
    return _RISK.get(code, Risk.MODERATE)


def positive_codes(codes: tuple[str, ...], card: ModelCard | None) -> frozenset[str]:
    """Which of ``codes`` the verdict speaks of: the card's, else those of moderate or high risk."""
    if card is not None:
        return frozenset(card.thresholds.positive)
    return frozenset(code for code in codes if risk_of(code, None) in (Risk.MODERATE, Risk.HIGH))


def _readable(code: str) -> str:
    """``code`` without separators and not too long: "Nail_Fungus-Photos" becomes "Nail Fungus Photos"."""
    return shorten(" ".join(code.replace("_", " ").replace("-", " ").split()), 60)
