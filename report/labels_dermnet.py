"""What Dermnet's 23 classes are called, by the names of its folders, and how risky each is.

A class is as risky as the most dangerous of what its folder holds: the folder of melanoma holds ordinary moles too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.card import Risk
from report.labels import VESSELS, Care, LabelWords
from report.language import mark

DERMNET: Final[Mapping[str, LabelWords]] = MappingProxyType(
    {
        "Acne and Rosacea Photos": LabelWords(
            mark("acne or rosacea"),
            mark("signs of acne or rosacea"),
            mark("acne or rosacea"),
            Risk.LOW,
            Care.RASH,
        ),
        "Actinic Keratosis Basal Cell Carcinoma and other Malignant Lesions": LabelWords(
            mark("actinic keratosis, basal cell carcinoma or another malignant growth"),
            mark("signs of an actinic keratosis, a basal cell carcinoma or another malignant growth"),
            mark("an actinic keratosis, a basal cell carcinoma or another malignant growth"),
            Risk.HIGH,
        ),
        "Atopic Dermatitis Photos": LabelWords(
            mark("atopic dermatitis"),
            mark("signs of atopic dermatitis"),
            mark("atopic dermatitis"),
            Risk.LOW,
            Care.RASH,
        ),
        "Bullous Disease Photos": LabelWords(
            mark("blistering (bullous) disease"),
            mark("signs of a blistering (bullous) disease, such as pemphigus"),
            mark("a blistering (bullous) disease"),
            Risk.HIGH,
            Care.URGENT,
        ),
        "Cellulitis Impetigo and other Bacterial Infections": LabelWords(
            mark("bacterial infection of the skin (such as cellulitis or impetigo)"),
            mark("signs of a bacterial infection of the skin, such as cellulitis or impetigo"),
            mark("a bacterial infection of the skin, such as cellulitis or impetigo"),
            Risk.HIGH,
            Care.URGENT,
        ),
        "Eczema Photos": LabelWords(
            mark("eczema"),
            mark("signs of eczema"),
            mark("skin with eczema"),
            Risk.LOW,
            Care.RASH,
        ),
        "Exanthems and Drug Eruptions": LabelWords(
            mark("rash from an infection or a medicine"),
            mark("signs of a rash from an infection or a medicine"),
            mark("a rash from an infection or a medicine"),
            Risk.HIGH,
            Care.URGENT,
            mark("If you take any medicine, ask a doctor today whether to go on with it."),
        ),
        "Hair Loss Photos Alopecia and other Hair Diseases": LabelWords(
            mark("hair loss or another disease of the hair"),
            mark("signs of hair loss or another disease of the hair"),
            mark("hair loss (alopecia) or another disease of the hair"),
            Risk.LOW,
            Care.RASH,
        ),
        "Herpes HPV and other STDs Photos": LabelWords(
            mark("herpes, genital warts or another sexual infection"),
            mark("signs of herpes, of genital warts or of another sexually transmitted infection"),
            mark("herpes, genital warts or the like"),
            Risk.MODERATE,
            Care.RASH,
            mark("Until then avoid sex and skin contact there."),
        ),
        "Light Diseases and Disorders of Pigmentation": LabelWords(
            mark("reaction to light or disorder of pigmentation"),
            mark("signs of a reaction to light or of a disorder of pigmentation"),
            mark("a reaction to light or a disorder of pigmentation"),
            Risk.LOW,
            Care.RASH,
        ),
        "Lupus and other Connective Tissue diseases": LabelWords(
            mark("lupus or another disease of the connective tissue"),
            mark("signs of lupus or of another disease of the connective tissue"),
            mark("lupus or another connective tissue disease"),
            Risk.MODERATE,
            Care.RASH,
            mark("With a fever, chest pain or weak muscles see a doctor within days."),
        ),
        "Melanoma Skin Cancer Nevi and Moles": LabelWords(
            mark("melanoma or a mole, not told apart"),
            mark("signs of a melanoma or a mole, which it does not tell apart"),
            mark("a melanoma or a mole, which it does not tell apart"),
            Risk.HIGH,
        ),
        "Nail Fungus and other Nail Disease": LabelWords(
            mark("nail fungus or another disease of the nails"),
            mark("signs of nail fungus or of another disease of the nails"),
            mark("nail fungus or another nail disease"),
            Risk.LOW,
            Care.RASH,
            mark("A dark stripe or spot under a nail: to a dermatologist within the next few days."),
        ),
        "Poison Ivy Photos and other Contact Dermatitis": LabelWords(
            mark("contact dermatitis (such as from a plant)"),
            mark("signs of contact dermatitis, such as from a plant"),
            mark("contact dermatitis, such as from a plant"),
            Risk.LOW,
            Care.RASH,
        ),
        "Psoriasis pictures Lichen Planus and related diseases": LabelWords(
            mark("psoriasis, lichen planus or a related disease"),
            mark("signs of psoriasis, lichen planus or a related disease"),
            mark("psoriasis, lichen planus or something related"),
            Risk.MODERATE,
            Care.RASH,
        ),
        "Scabies Lyme Disease and other Infestations and Bites": LabelWords(
            mark("scabies, Lyme disease or bites"),
            mark("signs of scabies, of Lyme disease or of bites"),
            mark("scabies, bites or Lyme disease"),
            Risk.MODERATE,
            Care.RASH,
            mark("A red ring that grows, or an itch that others at home share: to a doctor within the next few days."),
        ),
        "Seborrheic Keratoses and other Benign Tumors": LabelWords(
            mark("seborrhoeic keratosis or another benign growth"),
            mark("signs of a seborrhoeic keratosis or another benign growth"),
            mark("a seborrhoeic keratosis or another benign growth"),
            Risk.LOW,
        ),
        "Systemic Disease": LabelWords(
            mark("skin sign of a disease of the whole body"),
            mark("signs of a disease of the whole body that shows on the skin"),
            mark("a disease of the whole body that shows on the skin"),
            Risk.MODERATE,
            Care.RASH,
        ),
        "Tinea Ringworm Candidiasis and other Fungal Infections": LabelWords(
            mark("fungal infection of the skin (such as ringworm)"),
            mark("signs of a fungal infection of the skin, such as ringworm"),
            mark("a fungal infection of the skin, such as ringworm"),
            Risk.LOW,
            Care.RASH,
        ),
        "Urticaria Hives": LabelWords(
            mark("hives (urticaria)"),
            mark("signs of hives (urticaria)"),
            mark("hives"),
            Risk.LOW,
            Care.RASH,
            mark("Swollen lips or tongue, or hard breathing: call an ambulance at once (112; in Russia also 103)."),
        ),
        "Vascular Tumors": LabelWords(*VESSELS, Risk.MODERATE),
        "Vasculitis Photos": LabelWords(
            mark("inflammation of blood vessels (vasculitis)"),
            mark("signs of an inflammation of blood vessels (vasculitis)"),
            mark("an inflammation of blood vessels (vasculitis)"),
            Risk.HIGH,
            Care.URGENT,
        ),
        "Warts Molluscum and other Viral Infections": LabelWords(
            mark("wart, molluscum or another viral infection"),
            mark("signs of a wart, a molluscum or another viral infection"),
            mark("a wart, a molluscum or another viral infection"),
            Risk.LOW,
            Care.RASH,
        ),
    }
)
