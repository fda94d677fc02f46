"""A diagnosis or a refusal in the person's language: the one place where every channel gets its words."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.card import Modality, ModelCard, Risk
from models.diagnosis import Diagnosis, Finding, Refusal, Verdict
from report import advice, refusals
from report.answer import Answer, FindingLine
from report.attention import describe_attention
from report.findings import finding_words, most_pressing, positive_codes, risk_of
from report.labels import LabelWords
from report.language import load_translations, percent

LOCALES: Final = Path(__file__).parent / "locales"

_MOST_FINDINGS: Final = 3
_WORTH_NAMING: Final = 0.01
# From here on a finding of more risk than the one that the verdict speaks of sets the pace of the next step.
_SETS_THE_PACE: Final = 0.1


def describe(result: Diagnosis | Refusal, card: ModelCard | None, language: str) -> Answer:
    """What to tell the person about ``result``.

    ``card`` is the card of the model that was asked, None when none was reached. ``language`` is one of
    ``report.language.LANGUAGES``.
    """
    translations = load_translations(LOCALES, language)
    if isinstance(result, Refusal):
        return _describe_refusal(result, card, language, translations)
    return _describe_diagnosis(result, card, language, translations)


def name_verdict(verdict: Verdict, language: str) -> str:
    """The verdict with its sign, as answers begin with it."""
    return load_translations(LOCALES, language).gettext(advice.BANDS[verdict])


def lead_line(diagnosis: Diagnosis, card: ModelCard | None, language: str) -> FindingLine:
    """The finding that the verdict speaks of, in words."""
    lead = _lead(diagnosis, positive_codes([finding.label for finding in diagnosis.findings], card))
    return _line(lead, card, language, load_translations(LOCALES, language))


def positive_share(diagnosis: Diagnosis, card: ModelCard | None) -> float:
    """The probability, 0..1, of all classes together that the verdict is about."""
    positive = positive_codes([finding.label for finding in diagnosis.findings], card)
    return sum(finding.probability for finding in diagnosis.findings if finding.label in positive)


def finding_lines(diagnosis: Diagnosis, card: ModelCard | None, language: str) -> tuple[FindingLine, ...]:
    """Every class of ``diagnosis``, most probable first, said as in an answer."""
    translations = load_translations(LOCALES, language)
    return tuple(_line(finding, card, language, translations) for finding in diagnosis.findings)


def _describe_refusal(
    refusal: Refusal, card: ModelCard | None, language: str, translations: gettext.NullTranslations
) -> Answer:
    modality = advice.modality_of(refusal.model, card)
    return Answer(
        verdict=None,
        band=refusals.refusal_title(refusal, translations),
        subject="",
        summary=refusals.explain_refusal(refusal, language, translations),
        findings=(),
        where="",
        next_step=refusals.advise_after(refusal, modality, translations),
        limits=translations.gettext(refusals.NO_READING),
        hint=refusals.hint_after(refusal, modality),
    )


@dataclass(frozen=True)
class _Reading:
    """A diagnosis with what there is to say it: ``positive`` are the classes that its verdict is about, ``lead`` is the
    finding that the verdict speaks of, ``words`` are the lead's."""

    diagnosis: Diagnosis
    card: ModelCard | None
    modality: Modality
    positive: frozenset[str]
    lead: Finding
    words: LabelWords
    translations: gettext.NullTranslations


def _describe_diagnosis(
    diagnosis: Diagnosis, card: ModelCard | None, language: str, translations: gettext.NullTranslations
) -> Answer:
    _ = translations.gettext
    modality = advice.modality_of(diagnosis.model, card) or Modality.DERMOSCOPY
    positive = positive_codes([finding.label for finding in diagnosis.findings], card)
    lead = _lead(diagnosis, positive)
    words = finding_words(lead.label, translations)
    reading = _Reading(diagnosis, card, modality, positive, lead, words, translations)
    return Answer(
        verdict=diagnosis.verdict,
        band=_(advice.BANDS[diagnosis.verdict]),
        subject=_(advice.SUBJECTS[modality]),
        summary=_summary(reading),
        reliance=_about_set(diagnosis, lead, card, language, translations),
        findings=tuple(_line(finding, card, language, translations) for finding in _named(diagnosis, lead)),
        where=_where(reading),
        next_step=_next_step(reading),
        limits=" ".join(_(limit) for limit in advice.limits(diagnosis.model, modality)),
    )


def _lead(diagnosis: Diagnosis, positive: frozenset[str]) -> Finding:
    """The finding that the verdict speaks of: the most probable positive one, or when unsuspicious the most probable
    of the others."""
    wanted = diagnosis.verdict is not Verdict.UNSUSPICIOUS
    return next((f for f in diagnosis.findings if (f.label in positive) is wanted), diagnosis.findings[0])


def _summary(reading: _Reading) -> str:
    _ = reading.translations.gettext
    findings, verdict = reading.diagnosis.findings, reading.diagnosis.verdict
    if verdict is Verdict.UNSUSPICIOUS:
        waits = risk_of(reading.lead.label, reading.card) in (Risk.NONE, Risk.LOW)
        pattern = advice.UNSUSPICIOUS if waits else advice.UNSUSPICIOUS_BUT_SEE
        return _(pattern).format(likeness=reading.words.likeness)
    if verdict is Verdict.UNCLEAR:
        return _(advice.UNCLEAR).format(signs=reading.words.signs)
    in_all = sum(finding.probability for finding in findings if finding.label in reading.positive)
    pattern = advice.SUSPICIOUS if in_all >= 0.5 else advice.SUSPICIOUS_FAINT
    return _(pattern).format(signs=reading.words.signs)


def _about_set(
    diagnosis: Diagnosis, lead: Finding, card: ModelCard | None, language: str, translations: gettext.NullTranslations
) -> str:
    """How far the names that follow can be relied on, where the card says so."""
    _ = translations.gettext
    if card is None or card.conformal is None or diagnosis.label_set is None:
        return ""
    if not diagnosis.label_set:
        return _(advice.SET_TOO_LARGE)
    alone = diagnosis.label_set == (lead.label,)
    return _(advice.SET_OF_ONE if alone else advice.SET).format(percent=percent(card.conformal.coverage, language))


def _where(reading: _Reading) -> str:
    """Where the model looked, and for what when that is not what the verdict speaks of."""
    first = reading.diagnosis.findings[0]
    likeness = None if first is reading.lead else finding_words(first.label, reading.translations).likeness
    return describe_attention(reading.diagnosis, reading.translations, likeness)


def _next_step(reading: _Reading) -> str:
    findings, verdict = reading.diagnosis.findings, reading.diagnosis.verdict
    pressing, words = reading.lead, reading.words
    if verdict is not Verdict.UNSUSPICIOUS:
        weighty = [f for f in findings if f.label in reading.positive and f.probability >= _SETS_THE_PACE]
        pressing = most_pressing([pressing, *weighty], reading.card)
        words = finding_words(pressing.label, reading.translations)
    steps = advice.next_steps(reading.modality, verdict, risk_of(pressing.label, reading.card), words.care)
    sentences = [reading.translations.gettext(step) for step in steps]
    return " ".join([*sentences, words.note] if words.note else sentences)


def _named(diagnosis: Diagnosis, lead: Finding) -> list[Finding]:
    """Up to three findings, most probable first: the lead always; the others are those that may be meant, where that is
    known, or those from one per cent."""
    others = [finding for finding in diagnosis.findings if finding is not lead]
    if diagnosis.label_set:
        others = [finding for finding in others if finding.label in diagnosis.label_set]
    else:
        others = [finding for finding in others if finding.probability >= _WORTH_NAMING]
    chosen = [lead, *others[: _MOST_FINDINGS - 1]]
    return sorted(chosen, key=lambda finding: -finding.probability)


def _line(
    finding: Finding, card: ModelCard | None, language: str, translations: gettext.NullTranslations
) -> FindingLine:
    _ = translations.gettext
    return FindingLine(
        code=finding.label,
        name=finding_words(finding.label, translations).name,
        strength=_(advice.strength(finding.probability)),
        figure=_figure(finding.probability, language, translations),
        probability=finding.probability,
        risk=risk_of(finding.label, card),
    )


def _figure(probability: float, language: str, translations: gettext.NullTranslations) -> str:
    """A percentage whose ends stay open, since no model is ever sure."""
    _ = translations.gettext
    if probability > 0.99:
        return _("more than {percent}").format(percent=percent(0.99, language))
    if probability < 0.01:
        return _("less than {percent}").format(percent=percent(0.01, language))
    return percent(probability, language)
