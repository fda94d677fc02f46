"""What the cards of our models say in words, for people: measured figures, data and limits.

A card is written in English. The texts of our cards are repeated here, so that the catalogues know them; what a card
says beyond them is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from report.language import mark


@dataclass(frozen=True)
class FigureWords:
    """How to call a measured figure; ``share``: it is shown as a percentage."""

    name: str
    share: bool = True


TEST_FOLD: Final = "test"
UNDER_SHIFT: Final = " under the worst simulated shift: "
"""What stands between the name of a figure and that of the disturbance under which it is lowest."""

# In the order in which they are shown; the names are those of ``training.export.card_writer``.
FIGURES: Final[Mapping[str, FigureWords]] = MappingProxyType(
    {
        "ROC AUC": FigureWords(mark("ROC AUC (1: perfect, 0.5: chance)"), share=False),
        "macro ROC AUC (each class against the rest)": FigureWords(mark("ROC AUC, mean over the kinds"), share=False),
        "accuracy (most probable class)": FigureWords(mark("Most probable finding is right")),
        "balanced accuracy (most probable class)": FigureWords(
            mark("Most probable finding is right, mean over the kinds")
        ),
        "sensitivity (not called unsuspicious)": FigureWords(mark("Sensitivity at the lower cut")),
        "specificity (called unsuspicious)": FigureWords(mark("Specificity at the lower cut")),
        "sensitivity (called suspicious)": FigureWords(mark("Sensitivity at the upper cut")),
        "specificity (not called suspicious)": FigureWords(mark("Specificity at the upper cut")),
        "share of positives among those called unsuspicious": FigureWords(
            mark("Positive among those called unsuspicious")
        ),
        "share of positives among those called suspicious": FigureWords(mark("Positive among those called suspicious")),
        "share called unclear": FigureWords(mark("Called unclear")),
        "ECE": FigureWords(mark("Calibration error (ECE)")),
    }
)
SHIFTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sensitivity (not called unsuspicious)": mark("The same, simulated poor pictures, at worst"),
    }
)
FOLDS: Final[Mapping[str, str]] = MappingProxyType({"adults": mark("ROC AUC on X-rays of adults")})
"""How to call the ROC AUC of another fold than the test's."""

_TEXTS: Final = (
    # Data and licences
    mark("Skin lesions of the ISIC Archive, benign and malignant"),
    mark("Chest X-ray images of children (Kermany et al. 2018)"),
    mark("Dermnet, 23 classes (Kaggle shubhamgoel27/dermnet)"),
    mark("Dermnet's own terms; neither its pictures nor weights made from them may be passed on"),
    # What several cards share
    mark(
        "Trained on dermoscopic close-ups taken with a dermatoscope. A plain phone photo is another kind of picture; "
        "on it the model is less reliable."
    ),
    # melanoma
    mark("Malignant in its data means mostly melanoma, not only; it does not tell the kinds apart."),
    mark("Trained mostly on light skin. On dark skin, nails, palms, soles and mucosa it has not been measured."),
    mark("Nearly all benign pictures show moles (naevi). Other harmless spots may be called malignant."),
    mark(
        "Of its malignant pictures a part comes from other collections than nearly all benign ones (HAM10000); how "
        "much of the figures rests on that difference is not known."
    ),
    mark(
        "The probability holds where nearly half of the pictures are malignant, as in its data; elsewhere it is too "
        "high."
    ),
    mark("The heat map shows where the network looked, coarsely; it does not outline a lesion."),
    # pneumonia
    mark(
        "Trained on children of one to five years from one hospital (Guangzhou Women and Children's Medical Center). "
        "It does not know adults; on adults' X-rays it is not reliable (see the figures)."
    ),
    mark(
        "It knows normal and pneumonia only. Any other finding (a fracture, a tumour, fluid, a tube) is called one of "
        "the two."
    ),
    mark("Frontal views only. Photographs of a screen or a film differ from what it learnt from."),
    mark(
        "The probability holds where about three of four pictures show pneumonia, as in its data; elsewhere it is too "
        "high."
    ),
    mark("The heat map shows where the network looked, coarsely; it does not outline a finding."),
    # skin, of HAM10000
    mark(
        "It knows seven kinds of growths and nothing else. Any other finding (a squamous cell carcinoma, a wart, a "
        "rash, a scar) is called one of the seven or refused."
    ),
    mark("Its weights are HAM10000's, since weights made from the 23 classes of Dermnet may not be passed on."),
    mark(
        "Trained mostly on light skin, in Austria and Australia. On dark skin, nails, palms, soles and mucosa it has "
        "not been measured."
    ),
    mark(
        "The probabilities hold where all seven kinds are equally frequent. In its data two of three pictures are "
        "moles, and one in a hundred a dermatofibroma; the figures of the rare kinds are the least certain."
    ),
    mark(
        "In its data about half of the lesions were confirmed under the microscope, the others by follow-up or experts."
    ),
    mark(
        "The heat map shows where the network looked, coarsely, for the kind it finds most probable; it does not "
        "outline a lesion."
    ),
    # skin, of Dermnet
    mark(
        "It knows the 23 groups of one atlas and nothing else. Any other finding, and skin without any, is called one "
        "of the 23 or refused."
    ),
    mark("Its weights may be used by whoever has the pictures; they may not be passed on."),
    mark(
        "One folder holds melanoma and ordinary moles alike, and the model does not tell them apart, so it calls moles "
        "suspicious; another holds actinic keratosis and skin cancers."
    ),
    mark(
        "The atlas shows typical and often severe cases, photographed by doctors, mostly of light skin. On early or "
        "mild cases, on dark skin and on phone photos it has not been measured."
    ),
    mark(
        "The pictures carry no patients' numbers. Several of one person may stand on both sides of a split, which "
        "makes its figures better than the truth."
    ),
    mark("The probabilities hold for the mixture of diseases in the atlas, which is not that of any practice."),
    mark(
        "The heat map shows where the network looked, coarsely, for the group it finds most probable; it does not "
        "outline a finding."
    ),
)
KNOWN_TEXTS: Final = frozenset(_TEXTS)
"""What our cards say in words and the catalogues have; names such as HAM10000's are the same in every language."""
