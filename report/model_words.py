"""A model's card in plain words: what it reads, what it learnt from, how often it is right, and where it fails."""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from models.card import Figure, Modality, ModelCard
from report.answer import MESSAGE_LIMIT, shorten
from report.findings import finding_words
from report.language import load_translations, mark
from report.words import LOCALES

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"melanoma": mark("Melanoma model"), "skin": mark("Skin model"), "pneumonia": mark("Chest X-ray model")}
)

_OVERVIEW: Final = mark(
    "These models read your pictures. Press a button to see what a model knows, how often it is right, and where it "
    "fails.\n\n{lines}\n\nNone of them is a medical device, and none replaces a doctor."
)
_IN_SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "melanoma": mark("tells whether a spot on the skin looks malignant"),
        "skin": mark("tells what a spot on the skin looks like most"),
        "pneumonia": mark("looks for pneumonia on a child's chest X-ray"),
    }
)

_READS: Final[Mapping[Modality, str]] = MappingProxyType(
    {
        Modality.DERMOSCOPY: mark(
            "A close-up of a single spot on the skin, best through a dermatoscope, the lighted magnifier that doctors "
            "use."
        ),
        Modality.SKIN_PHOTO: mark("A photo of the skin as a camera sees it."),
        Modality.CHEST_XRAY: mark("A chest X-ray of a child of one to five years, seen from the front."),
        Modality.ANY: mark("Pictures of any kind."),
    }
)

_FAILS: Final[Mapping[tuple[str, Modality], tuple[str, ...]]] = MappingProxyType(
    {
        ("melanoma", Modality.DERMOSCOPY): (
            mark("A plain phone photo is another kind of picture than it learned from; there it is less reliable."),
            mark("It learned mostly from light skin. Nobody has measured it on dark skin, nails, palms or soles."),
            mark("Its harmless examples are nearly all moles: other harmless spots may alarm it."),
            mark("It does not tell kinds of cancer apart: “malignant” is mostly melanoma, but not only."),
            mark(
                "Nearly half of its pictures were malignant. Among everyday spots few are, so its alarms are more "
                "often false there."
            ),
        ),
        ("skin", Modality.DERMOSCOPY): (
            mark(
                "It knows seven kinds of growths and nothing else. A rash, a wart or another kind of cancer is taken "
                "for one of the seven."
            ),
            mark("A plain phone photo is another kind of picture than it learned from; there it is less reliable."),
            mark("It learned mostly from light skin. Nobody has measured it on dark skin, nails, palms or soles."),
            mark("Of the rare kinds it saw few pictures, and is the least certain of them."),
            mark("Only about half of its pictures were confirmed under the microscope."),
        ),
        ("skin", Modality.SKIN_PHOTO): (
            mark("It knows 23 groups of diseases and takes everything else for one of them."),
            mark("It learned mostly from light skin, and from pictures of an atlas, which show clear cases."),
        ),
        ("pneumonia", Modality.CHEST_XRAY): (
            mark(
                "It learned from children of one hospital. On adults it was wrong more often than right, so X-rays "
                "that look like an adult's are refused."
            ),
            mark("It knows pneumonia and nothing else: a fracture, a tumour or fluid is called pneumonia or normal."),
            mark("A photo of a screen or of a film is worse than the file itself."),
            mark("Three of four of its pictures showed pneumonia. Where it is rarer, its alarms are more often false."),
        ),
    }
)

# What each figure of a card says about a hundred pictures, in the order in which it is told: for a model with words of
# its own, else for any.
_FIGURES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "sensitivity (not called unsuspicious)": MappingProxyType(
            {
                "melanoma": mark(
                    "Of 100 pictures with a malignant finding it calls {value} suspicious or unclear; the others it "
                    "misses."
                ),
                "pneumonia": mark(
                    "Of 100 X-rays with pneumonia it calls {value} suspicious or unclear; the others it misses."
                ),
                "": mark(
                    "Of 100 pictures with a finding that is malignant, or may become so, it calls {value} suspicious "
                    "or unclear; the others it misses."
                ),
            }
        ),
        "sensitivity (called suspicious)": MappingProxyType(
            {"": mark("Of these 100 it calls {value} outright suspicious.")}
        ),
        "specificity (called unsuspicious)": MappingProxyType(
            {
                "pneumonia": mark(
                    "Of 100 X-rays without pneumonia it calls {value} unsuspicious; the others worry people without "
                    "need."
                ),
                "": mark(
                    "Of 100 pictures of something harmless it calls {value} unsuspicious; the others worry people "
                    "without need."
                ),
            }
        ),
        "share called unclear": MappingProxyType({"": mark("It is unsure of {value} of 100 pictures.")}),
        "share of named conformal sets with the true label": MappingProxyType(
            {"": mark("Where it says that one of the named kinds is right, that is so in {value} of 100 pictures.")}
        ),
    }
)
_ACCURACY: Final = "accuracy (most probable class)"
_FIRST_NAME: Final = mark("The kind that it names first is the right one in {value} of 100 pictures.")
_MODERATE: Final = mark("That is moderate: take the first name for a hint and no more.")
_MODERATE_BELOW: Final = 0.75
_WORST: Final = "sensitivity (not called unsuspicious) under the worst simulated shift"
_UNDER_WORST: Final = mark(
    "On pictures spoilt on purpose (light, sharpness, crop) the first of these figures falls to {value}."
)
_RANGE: Final = mark("{low} to {high}")


def model_name(name: str, language: str) -> str:
    """What the model ``name`` is called."""
    return _model_name(name, load_translations(LOCALES, language))


def models_overview(cards: Iterable[ModelCard], language: str) -> str:
    """A line for each of ``cards``, and what the pages behind it tell."""
    translations = load_translations(LOCALES, language)
    _ = translations.gettext
    lines = [f"🔹 {_model_name(card.name, translations)}: {model_summary(card, language)}" for card in cards]
    return _(_OVERVIEW).format(lines="\n".join(lines))


def model_summary(card: ModelCard, language: str) -> str:
    """What the model of ``card`` does, in a few words."""
    text = _IN_SHORT.get(card.name, _READS[card.modality])
    return load_translations(LOCALES, language).gettext(text)


def model_page(card: ModelCard, language: str) -> str:
    """All that a person may want to know of ``card``, in at most ``MESSAGE_LIMIT`` UTF-16 code units."""
    translations = load_translations(LOCALES, language)
    return shorten("\n\n".join(_parts(card, language, translations)), MESSAGE_LIMIT)


def _parts(card: ModelCard, language: str, translations: gettext.NullTranslations) -> Iterator[str]:
    _ = translations.gettext
    made = format_date(card.created, "d MMMM y", locale=language)
    version = _("Version {version} of {date}").format(version=card.version, date=made)
    yield f"🔬 {_model_name(card.name, translations)}\n{version}"
    yield _section(_("What it reads"), [_(_READS[card.modality])])
    names = [finding_words(code, translations).name for code in card.codes]
    yield _section(_("What it can tell apart"), [f"• {name}" for name in names])
    yield _section(_("Where its pictures come from"), [f"• {line}" for line in _sources(card, language, translations)])
    figures = [f"• {line}" for line in _figures(card, translations)]
    if figures:
        yield _section(_tested(card, language, translations), figures)
        yield _("In brackets: how far the figure may be off by chance (95 % interval).")
    else:
        yield _("How often it is right has not been measured.")
    fails = _FAILS.get((card.name, card.modality))
    if fails:
        yield _section(_("Where it fails"), [f"• {_(line)}" for line in fails])
    yield _("It is not a medical device. Whatever it says, go to a doctor with what worries you.")


def _sources(card: ModelCard, language: str, translations: gettext.NullTranslations) -> Iterator[str]:
    for source in card.data:
        number = format_decimal(source.pictures, locale=language)
        pictures = translations.ngettext("{number} picture", "{number} pictures", source.pictures).format(number=number)
        yield f"{source.name}: {pictures} ({source.licence})"


def _tested(card: ModelCard, language: str, translations: gettext.NullTranslations) -> str:
    count = next(figure.pictures for figure in card.figures if figure.fold == "test")
    return translations.gettext("How often it was right, on {number} of them that it had not learned from").format(
        number=format_decimal(count, locale=language)
    )


def _figures(card: ModelCard, translations: gettext.NullTranslations) -> Iterator[str]:
    """Sentences on what was measured on the test fold, as far as it was."""
    _ = translations.gettext
    measured = {figure.name.partition(": ")[0]: figure for figure in card.figures if figure.fold == "test"}
    for name, patterns in _FIGURES.items():
        if name in measured:
            pattern = patterns.get(card.name, patterns[""])
            yield _(pattern).format(value=_of_hundred(measured[name], translations))
    accuracy = measured.get(_ACCURACY)
    if accuracy is not None and len(card.labels) > 2:
        told = _(_FIRST_NAME).format(value=_of_hundred(accuracy, translations))
        yield f"{told} {_(_MODERATE)}" if accuracy.value < _MODERATE_BELOW else told
    if _WORST in measured:
        yield _(_UNDER_WORST).format(value=_of_hundred(measured[_WORST], translations))


def _of_hundred(figure: Figure, translations: gettext.NullTranslations) -> str:
    """A share, 0..1, as a number out of a hundred with its interval: "99 (97 to 100)"."""
    value, low, high = (int(100 * part + 0.5) for part in (figure.value, figure.low, figure.high))
    return f"{value} ({translations.gettext(_RANGE).format(low=low, high=high)})"


def _section(heading: str, lines: Iterable[str]) -> str:
    return "\n".join((heading, *lines))


def _model_name(name: str, translations: gettext.NullTranslations) -> str:
    return translations.gettext(_NAMES[name]) if name in _NAMES else shorten(name, 60)
