"""A reading as it is journaled, and as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from journal import Reading
from journal.api import PostedReading, Told
from models import Diagnosis, ModelCard
from report.language import LANGUAGES, SOURCE_LANGUAGE
from report.words import describe
from web.schemas import DiagnosisOut, FindingOut, FindingWords, LinksOut, NoveltyOut, TimingsOut, WordsOut

PATH: Final = "/v1/diagnoses"


def posted_reading(diagnosis: Diagnosis, card: ModelCard) -> PostedReading:
    """What is kept of ``diagnosis``: figures and words, in every language, and no picture."""
    return PostedReading(
        Reading(
            verdict=diagnosis.verdict.value,
            model=diagnosis.model,
            version=diagnosis.version,
            weights_hash=diagnosis.weights_hash,
            engine=diagnosis.engine,
            probabilities={finding.label: finding.probability for finding in diagnosis.findings},
            novelty=diagnosis.novelty,
        ),
        novelty_limit=card.novelty.threshold,
        label_set=diagnosis.label_set,
        words={language: _words(diagnosis, card, language) for language in LANGUAGES},
    )


def diagnosis_out(told: Told, language: str, held_until: datetime | None) -> DiagnosisOut:
    """The answer for a program and, in ``language``, for a person."""
    reading, link = told.answer.reading, f"{PATH}/{told.id}"
    findings = sorted(reading.probabilities.items(), key=lambda item: -item[1])
    words = told.answer.words.get(language) or told.answer.words[SOURCE_LANGUAGE]
    return DiagnosisOut.model_validate(
        {
            "id": told.id,
            "received_at": told.received_at,
            "model": reading.model,
            "version": reading.version,
            "weights_hash": reading.weights_hash,
            "engine": reading.engine,
            "verdict": reading.verdict,
            "findings": [FindingOut(label=label, probability=probability) for label, probability in findings],
            "label_set": told.answer.label_set,
            "novelty": NoveltyOut(value=reading.novelty, limit=told.answer.novelty_limit),
            "words": words,
            "timings": TimingsOut(convert=told.convert_ms, infer=told.infer_ms),
            "links": _links(link, held_until is not None),
            "expires_at": held_until,
        }
    )


def _links(link: str, held: bool) -> LinksOut:
    views = {"heatmap": "heatmap.png", "picture": "picture.png", "heat": "heat.png", "report": "report.pdf"}
    return LinksOut(self=link, **{name: f"{link}/{view}" if held else None for name, view in views.items()})


def _words(diagnosis: Diagnosis, card: ModelCard, language: str) -> Mapping[str, Any]:
    answer = describe(diagnosis, card, language)
    words = WordsOut.model_validate(
        {
            "language": language,
            "title": answer.band.partition(" ")[2],  # the sign in front is for a chat
            "subject": answer.subject,
            "summary": answer.summary,
            "findings": [
                FindingWords(
                    label=line.code, name=line.name, strength=line.strength, figure=line.figure, risk=line.risk
                )
                for line in answer.findings
            ],
            "where": answer.where,
            "next_step": answer.next_step,
            "limits": answer.limits,
        }
    )
    return words.model_dump(mode="json")
