"""What the classes of a skin growth or a chest X-ray are called, and how risky each is. Dermnet's are beside this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from models.card import Risk
from report.language import mark


class Care(Enum):
    """Which advice fits what a class stands for."""

    GROWTH = auto()
    """A spot or lump: watched, or shown to a dermatologist."""
    RASH = auto()
    """A disease of the skin, hair or nails that can wait for an appointment."""
    URGENT = auto()
    """One that may turn serious within days."""


@dataclass(frozen=True)
class LabelWords:
    """A class as a list entry, as signs ("the model finds ...") and as a likeness ("looks like ...").

    ``note`` is a sentence on this class alone that follows the next step.
    """

    name: str
    signs: str
    likeness: str
    risk: Risk
    care: Care = Care.GROWTH
    note: str = ""


VESSELS: Final = (
    mark("growth of blood vessels (such as an angioma)"),
    mark("signs of a growth of blood vessels"),
    mark("a growth of blood vessels, such as an angioma"),
)

# "benign keratosis" and the like are HAM10000's groups: Tschandl et al. 2018, doi:10.1038/sdata.2018.161.
GROWTHS_AND_XRAYS: Final[Mapping[str, LabelWords]] = MappingProxyType(
    {
        "malignant": LabelWords(
            mark("malignant skin growth"),
            mark("signs of a malignant skin growth, such as melanoma"),
            mark("a malignant skin growth"),
            Risk.HIGH,
        ),
        "benign": LabelWords(
            mark("harmless (benign) skin growth"),
            mark("signs of a harmless skin growth"),
            mark("a harmless skin growth"),
            Risk.LOW,
        ),
        "pneumonia": LabelWords(
            mark("pneumonia"),
            mark("signs of pneumonia, an inflammation of the lungs"),
            mark("a chest X-ray with signs of pneumonia"),
            Risk.HIGH,
        ),
        "normal": LabelWords(
            mark("X-ray without signs of pneumonia"),
            mark("no signs of pneumonia"),
            mark("a chest X-ray without signs of pneumonia"),
            Risk.NONE,
        ),
        "akiec": LabelWords(
            mark("actinic keratosis or Bowen's disease"),
            mark("signs of actinic keratosis or Bowen's disease, which can turn into skin cancer"),
            mark("an actinic keratosis or Bowen's disease"),
            Risk.MODERATE,
        ),
        "bcc": LabelWords(
            mark("basal cell carcinoma"),
            mark("signs of basal cell carcinoma, a skin cancer that grows slowly"),
            mark("a basal cell carcinoma"),
            Risk.MODERATE,
        ),
        "bkl": LabelWords(
            mark("benign keratosis (age spot or wart-like growth)"),
            mark("signs of a benign keratosis"),
            mark("a benign keratosis: an age spot or a wart-like growth"),
            Risk.NONE,
        ),
        "df": LabelWords(
            mark("dermatofibroma (harmless firm knot)"),
            mark("signs of a dermatofibroma"),
            mark("a dermatofibroma, a harmless firm knot in the skin"),
            Risk.NONE,
        ),
        "mel": LabelWords(
            mark("melanoma"),
            mark("signs of melanoma, a dangerous skin cancer"),
            mark("a melanoma"),
            Risk.HIGH,
        ),
        "nv": LabelWords(
            mark("mole (naevus)"),
            mark("signs of an ordinary mole"),
            mark("an ordinary mole"),
            Risk.NONE,
        ),
        "vasc": LabelWords(*VESSELS, Risk.LOW),
    }
)
