"""The report of a reading as data: one content for every channel and every format."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from models.card import Figure, ModelCard
from models.diagnosis import Diagnosis, Verdict
from report import advice, card_words
from report.answer import Answer, FindingLine, shorten
from report.findings import finding_words
from report.language import decimal, exact_percent, load_translations, mark, moment, percent
from report.legend import CAUTION, LESS, MORE
from report.overlay import Plates, draw_plates
from report.words import LOCALES, describe, finding_lines

BRAND: Final = "Second Look"

_TITLE: Final = mark("Report of a reading")
_NOTICE: Final = mark(
    "Demonstration for research and teaching, not a medical device. It does not replace a doctor, and is to be read "
    "together with one."
)
_MEANT: Final = mark("May be meant: {names}.")
_SUMS: Final = mark("Counted for this verdict: {names}, together {share}.")
_ALONE: Final = mark("Counted for this verdict: {names}, {share}.")
_CUTS: Final = mark(
    "Below {lower} a picture is called unsuspicious, from {upper} on suspicious, between them unclear. These cuts were "
    "chosen for sensitivity, so that few are missed even in poor pictures, on pictures kept out of training and test, "
    "and have not been changed since."
)
_UNLESS: Final = mark("If the most probable finding is among those counted, a picture is never called unsuspicious.")
_CALIBRATION: Final = mark(
    "The percentages are calibrated (temperature scaling, {temperature}): of all pictures given 80%, about 80% are "
    "what is named, as long as they are like those the model learned from."
)
_POSITIVE: Final = mark("Positive: {names}. Measured on {pictures} test pictures that the model had not seen.")

_MOST_FINDINGS: Final = 7
_MOST_NAMES: Final = 3
_MOST_LIMITS, _LONGEST_LIMIT = 8, 260
"""Our cards stay below; a card of somebody else's must still leave the page readable."""


@dataclass(frozen=True)
class Passage:
    """Sentences under a heading."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is about, its value, and what belongs beside that (a 95 % interval)."""

    name: str
    value: str
    beside: str = ""


@dataclass(frozen=True)
class Table:
    """``note`` stands below; ``head`` is what the columns hold, where that is to be said."""

    title: str
    rows: tuple[Row, ...]
    head: tuple[str, str] = ("", "")
    note: str = ""


@dataclass(frozen=True)
class Scale:
    """Where the probability that the verdict rests on (``value``) lies between the cuts, all 0..1; ``zones`` are the
    names of the bands from left to right."""

    title: str
    lower: float
    upper: float
    value: float
    figure: str
    zones: tuple[str, str, str]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Illustration:
    """The picture beside its overlay, with what is said of them; ``less`` and ``more`` stand beside the colours."""

    plates: Plates
    picture: str
    overlay: str
    less: str
    more: str
    where: str


@dataclass(frozen=True)
class Document:
    """All words and pictures of a report, in the order in which they are read; plain text without markup.

    ``counted`` are the codes of the findings that the verdict is about.
    """

    language: str
    when: datetime
    title: str
    notice: str
    facts: tuple[Row, ...]
    verdict: Verdict
    verdict_name: str
    subject: str
    summary: str
    illustration: Illustration
    findings_title: str
    findings: tuple[FindingLine, ...]
    counted: frozenset[str]
    about_findings: str
    next_step: Passage
    scale: Scale
    limits: Passage
    figures: Table
    data: Passage
    model: Table
    disclaimer: str


def compose(diagnosis: Diagnosis, card: ModelCard, when: datetime, request_id: str, language: str) -> Document:
    """The report of ``diagnosis`` by the model of ``card``.

    ``when`` (aware) is when the picture came, ``request_id`` what the request is called in the journal; ``language`` is
    one of ``report.language.LANGUAGES``. The same arguments give the same document.
    """
    translations = load_translations(LOCALES, language)
    _ = translations.gettext
    answer = describe(diagnosis, card, language)
    findings = _findings(diagnosis, card, answer, language)
    return Document(
        language=language,
        when=when.astimezone(UTC),
        title=_(_TITLE),
        notice=_(_NOTICE),
        facts=(
            Row(_("Date (UTC)"), moment(when, language)),
            Row(_("Request"), request_id),
            Row(_("Model"), f"{diagnosis.model} {diagnosis.version}"),
        ),
        verdict=diagnosis.verdict,
        verdict_name=_bare(answer.band),
        subject=answer.subject,
        summary=answer.summary,
        illustration=_illustration(diagnosis, answer, translations),
        findings_title=_("Findings"),
        findings=findings,
        counted=frozenset(card.thresholds.positive),
        about_findings=" ".join(
            filter(
                None, (_meant(diagnosis, answer, translations), _others(diagnosis, findings, language, translations))
            )
        ),
        next_step=Passage(_("Next step"), (answer.next_step,)),
        scale=_scale(diagnosis, card, language, translations),
        limits=Passage(_("Limits"), tuple(_known(limit, translations) for limit in card.limits[:_MOST_LIMITS])),
        figures=_figures(card, language, translations),
        data=Passage(_("Data"), tuple(_data(card, translations))),
        model=_model(diagnosis, card, translations),
        disclaimer=_(advice.DISCLAIMER),
    )


def _bare(band: str) -> str:
    """The verdict without its sign, which is drawn: few fonts have it."""
    return band.partition(" ")[2]


def _illustration(diagnosis: Diagnosis, answer: Answer, translations: gettext.NullTranslations) -> Illustration:
    _ = translations.gettext
    return Illustration(
        plates=draw_plates(diagnosis),
        picture=_("The picture as it was read"),
        overlay=_(CAUTION),
        less=_(LESS),
        more=_(MORE),
        where=answer.where,
    )


def _findings(diagnosis: Diagnosis, card: ModelCard, answer: Answer, language: str) -> tuple[FindingLine, ...]:
    """The most probable, and always those that the answer names."""
    lines = finding_lines(diagnosis, card, language)
    named = {finding.code for finding in answer.findings}
    most = len(lines) if len(lines) <= _MOST_FINDINGS else _MOST_FINDINGS
    shown = sorted(lines, key=lambda line: (line.code not in named, -line.probability))[:most]
    return tuple(line for line in lines if line in shown)


def _meant(diagnosis: Diagnosis, answer: Answer, translations: gettext.NullTranslations) -> str:
    """Which of the findings may be meant, where that is known, and how far that can be relied on."""
    if not diagnosis.label_set:
        return answer.reliance
    names = ", ".join(finding.name for finding in answer.findings)
    return f"{translations.gettext(_MEANT).format(names=names)} {answer.reliance}"


def _others(
    diagnosis: Diagnosis, shown: Sequence[FindingLine], language: str, translations: gettext.NullTranslations
) -> str:
    codes = {line.code for line in shown}
    others = [finding.probability for finding in diagnosis.findings if finding.label not in codes]
    if not others:
        return ""
    pattern = translations.ngettext(
        "{count} more finding that the model knows: {share}.",
        "{count} more findings that the model knows, together: {share}.",
        len(others),
    )
    return pattern.format(count=len(others), share=percent(sum(others), language))


def _scale(diagnosis: Diagnosis, card: ModelCard, language: str, translations: gettext.NullTranslations) -> Scale:
    _ = translations.gettext
    cuts = card.thresholds
    value = sum(finding.probability for finding in diagnosis.findings if finding.label in cuts.positive)
    lower, upper = exact_percent(cuts.unsuspicious_below, language), exact_percent(cuts.suspicious_from, language)
    share = exact_percent(min(1.0, value), language)
    sentences = [
        _(_SUMS if len(cuts.positive) > 1 else _ALONE).format(names=_positive(card, translations), share=share),
        _(_CUTS).format(lower=lower, upper=upper),
        *([_(_UNLESS)] if len(card.labels) > 2 else []),
        _(_CALIBRATION).format(temperature=decimal(card.calibration.temperature, 2, language)),
    ]
    bands = (Verdict.UNSUSPICIOUS, Verdict.UNCLEAR, Verdict.SUSPICIOUS)
    return Scale(
        title=_("How the verdict comes about"),
        lower=cuts.unsuspicious_below,
        upper=cuts.suspicious_from,
        value=min(1.0, value),
        figure=share,
        zones=(_bare(_(advice.BANDS[bands[0]])), _bare(_(advice.BANDS[bands[1]])), _bare(_(advice.BANDS[bands[2]]))),
        sentences=tuple(sentences),
    )


def _positive(card: ModelCard, translations: gettext.NullTranslations) -> str:
    """The findings that the verdict is about: by name, or where they are many how many."""
    positive = card.thresholds.positive
    if len(positive) > _MOST_NAMES:
        pattern = translations.ngettext("{count} finding of high risk", "{count} findings of high risk", len(positive))
        return pattern.format(count=len(positive))
    return ", ".join(finding_words(code, translations).name for code in positive)


def _figures(card: ModelCard, language: str, translations: gettext.NullTranslations) -> Table:
    _ = translations.gettext
    rows = [row for name in card_words.FIGURES for row in _rows(name, card, language, translations)]
    for figure in card.figures:
        if figure.name == "ROC AUC" and figure.fold in card_words.FOLDS:
            rows.append(_row(_(card_words.FOLDS[figure.fold]), figure, False, language))
    pictures = max((figure.pictures for figure in card.figures if figure.fold == card_words.TEST_FOLD), default=0)
    note = _(_POSITIVE).format(names=_positive(card, translations), pictures=pictures) if rows else ""
    return Table(
        title=_("Measured figures of the model"),
        rows=tuple(rows),
        head=(_("value"), _("95% interval")),
        note=note or _("None were measured."),
    )


def _rows(name: str, card: ModelCard, language: str, translations: gettext.NullTranslations) -> list[Row]:
    """The figure ``name`` on the test fold, and below it how low it gets in poor pictures."""
    _ = translations.gettext
    words = card_words.FIGURES[name]
    rows = []
    for figure in card.figures:
        if figure.fold != card_words.TEST_FOLD:
            continue
        if figure.name == name:
            rows.append(_row(_(words.name), figure, words.share, language))
        elif name in card_words.SHIFTED and figure.name.startswith(name + card_words.UNDER_SHIFT):
            rows.append(_row(_(card_words.SHIFTED[name]), figure, words.share, language))
    return rows


def _row(name: str, figure: Figure, share: bool, language: str) -> Row:
    if share:
        low, high = decimal(100 * figure.low, 1, language), exact_percent(figure.high, language)
        return Row(name, exact_percent(figure.value, language), f"{low}–{high}")
    low, high = decimal(figure.low, 3, language), decimal(figure.high, 3, language)
    return Row(name, decimal(figure.value, 3, language), f"{low}–{high}")


def _data(card: ModelCard, translations: gettext.NullTranslations) -> list[str]:
    return [
        translations.ngettext(
            "{name}: {count} picture, {licence}. {source}",
            "{name}: {count} pictures, {licence}. {source}",
            item.pictures,
        ).format(
            name=_known(item.name, translations),
            count=item.pictures,
            licence=_known(item.licence, translations),
            source=item.source,
        )
        for item in card.data
    ]


def _model(diagnosis: Diagnosis, card: ModelCard, translations: gettext.NullTranslations) -> Table:
    _ = translations.gettext
    return Table(
        title=_("Model"),
        rows=(
            Row(_("Name and version"), f"{diagnosis.model} {diagnosis.version}, {card.created.isoformat()}"),
            Row(_("Computed with"), diagnosis.engine),
            Row(_("SHA-256 of the weights"), diagnosis.weights_hash),
        ),
    )


def _known(text: str, translations: gettext.NullTranslations) -> str:
    """A text of a card in the person's language, where the catalogues have it."""
    return shorten(translations.gettext(text) if text in card_words.KNOWN_TEXTS else text, _LONGEST_LIMIT)
