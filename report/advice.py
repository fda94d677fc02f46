"""Verdict bands, summaries, next steps and limits: what is said about a reading, beside the findings' names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.card import Modality, ModelCard, Risk
from models.diagnosis import Verdict
from report.labels import Care
from report.language import mark

# Triangle, diamond, circle: told apart by shape where colours are not.
BANDS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.SUSPICIOUS: mark("🔺 Suspicious"),
        Verdict.UNCLEAR: mark("🔶 Unclear"),
        Verdict.UNSUSPICIOUS: mark("🟢 Unsuspicious"),
    }
)

SUBJECTS: Final[Mapping[Modality, str]] = MappingProxyType(
    {
        Modality.DERMOSCOPY: mark("skin"),
        Modality.SKIN_PHOTO: mark("skin"),
        Modality.CHEST_XRAY: mark("chest X-ray"),
    }
)

SUSPICIOUS: Final = mark("The model finds {signs}.")
SUSPICIOUS_FAINT: Final = mark(
    "The model finds {signs}. They are not its main impression, but a doctor should check them."
)
UNCLEAR: Final = mark("The model is not sure. It finds {signs}, but too few to call the picture suspicious.")
UNSUSPICIOUS: Final = mark("To the model this looks like {likeness}.")
UNSUSPICIOUS_BUT_SEE: Final = mark(
    "To the model this looks like {likeness}. As a rule that is not urgent, but a doctor should see it."
)

SET: Final = mark("In about {percent} of pictures like those it learned from, the right name is one of these.")
SET_OF_ONE: Final = mark("In about {percent} of pictures like those it learned from, this name is the right one.")
SET_TOO_LARGE: Final = mark("More than three names are possible, so none of these should be relied on.")

_STRENGTHS: Final = (
    (0.85, mark("strong resemblance")),
    (0.60, mark("clear resemblance")),
    (0.30, mark("some resemblance")),
    (0.05, mark("faint resemblance")),
    (0.00, mark("hardly any resemblance")),
)

_EMERGENCY: Final = mark("Breathlessness, blue lips or confusion: call an ambulance at once (112; in Russia also 103).")
_XRAY_STEPS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.SUSPICIOUS: mark("See a doctor today and show them this X-ray."),
        Verdict.UNCLEAR: mark("Show this X-ray to a doctor today or tomorrow."),
        Verdict.UNSUSPICIOUS: mark(
            "With a cough, a fever or chest pain see a doctor all the same: early pneumonia may not show on an X-ray."
        ),
    }
)

_SKIN_SOON: Final = mark(
    "Show this spot to a dermatologist within the next few days. Until then leave it alone: do not remove or treat it."
)
_SKIN_WEEKS: Final = mark(
    "Show this spot to a dermatologist within two or three weeks, sooner if it grows or bleeds. "
    "Until then do not remove or treat it."
)
_SKIN_UNCLEAR: Final = mark(
    "Show this spot to a dermatologist within two weeks, sooner if it changes or bleeds. "
    "A sharper close-up in daylight may tell the model more."
)
_SKIN_WATCH: Final = mark(
    "Look at it once a month (ABCDE): asymmetry, uneven border, several colours, diameter over 6 mm, evolving. "
    "If one of these appears, or it bleeds, itches or worries you, see a dermatologist."
)

_URGENT_STEPS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.SUSPICIOUS: mark("Show this to a doctor today or tomorrow."),
        Verdict.UNCLEAR: mark("Show this to a doctor within the next few days."),
        Verdict.UNSUSPICIOUS: mark("Show this to a doctor within the next few days."),
    }
)
_URGENT_ALARM: Final = mark(
    "A fever, growing pain, fast spreading, skin that peels off, dark purple spots or sores in the mouth or eyes: "
    "go to a hospital at once (112; in Russia also 103)."
)
_RASH_STEPS: Final[Mapping[Risk, str]] = MappingProxyType(
    {
        Risk.HIGH: mark("Show this to a dermatologist within the next few days."),
        Risk.MODERATE: mark(
            "Show this to a dermatologist in the coming weeks, sooner if it spreads, hurts or comes with a fever."
        ),
        Risk.LOW: mark(
            "Show this to a dermatologist if it spreads, bothers you or is still there in two or three weeks."
        ),
        Risk.NONE: mark("If it changes or bothers you, show it to a dermatologist."),
    }
)

DISCLAIMER: Final = mark(
    "A research demonstration, not a medical device; the percentages are the model's confidence, not your risk."
)
_LIMITS: Final[Mapping[tuple[str, Modality], str]] = MappingProxyType(
    {
        ("melanoma", Modality.DERMOSCOPY): mark(
            "The model learned from dermoscopic close-ups, mostly of light skin; it knows little of phone photos."
        ),
        ("skin", Modality.DERMOSCOPY): mark(
            "The model knows seven kinds of growths from dermoscopy, mostly of light skin (HAM10000, as weights made "
            "from Dermnet may not be passed on), and little of phone photos."
        ),
        ("skin", Modality.SKIN_PHOTO): mark(
            "The model knows 23 groups of diseases from the photos of the atlas Dermnet, mostly of light skin; it "
            "takes everything else for one of them."
        ),
        ("pneumonia", Modality.CHEST_XRAY): mark(
            "The model knows only pneumonia, from one hospital's X-rays of children aged 1 to 5, and adults not well."
        ),
    }
)


def modality_of(model: str | None, card: ModelCard | None) -> Modality | None:
    """What kind of picture was asked about; None when neither a card nor a model says so."""
    if card is not None:
        return card.modality
    if model is None:
        return None
    return Modality.CHEST_XRAY if model == "pneumonia" else Modality.DERMOSCOPY


def strength(probability: float) -> str:
    """A probability, 0..1, in words (to be translated).

    Resemblance and not likelihood: the probability is calibrated on the model's data and is not the person's risk, and
    a threshold set for sensitivity calls a picture suspicious at a probability that people would wave through as
    "unlikely".
    """
    return next(words for least, words in _STRENGTHS if probability >= least)


def next_steps(modality: Modality, verdict: Verdict, risk: Risk, care: Care) -> tuple[str, ...]:
    """Sentences (to be translated) on what to do next; ``risk`` and ``care`` are those of the finding that leaves
    least time."""
    if modality is Modality.CHEST_XRAY:
        return _XRAY_STEPS[verdict], _EMERGENCY
    if care is Care.URGENT:
        return _URGENT_STEPS[verdict], _URGENT_ALARM
    if care is Care.RASH:
        return (_RASH_STEPS[risk],)
    return (_growth_step(verdict, risk),)


def _growth_step(verdict: Verdict, risk: Risk) -> str:
    if verdict is Verdict.SUSPICIOUS:
        return _SKIN_SOON if risk is Risk.HIGH else _SKIN_WEEKS
    if verdict is Verdict.UNCLEAR:
        return _SKIN_UNCLEAR
    return _SKIN_WEEKS if risk in (Risk.MODERATE, Risk.HIGH) else _SKIN_WATCH


def limits(model: str, modality: Modality) -> tuple[str, ...]:
    """Sentences (to be translated) on what ``model``, which reads ``modality``, does not know and what its answer is
    not."""
    known = _LIMITS.get((model, modality))
    return (known, DISCLAIMER) if known else (DISCLAIMER,)
