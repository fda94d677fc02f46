"""What becomes of a picture: the words and the overlay for the person, and the entry for the journal."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bot import texts
from conversion import DecodingLimits, Picture, ReasonCode, SourceFormat
from journal import Journal, Milliseconds, Reading, Request
from models import Catalog, Diagnosis, Finding, ModelCard, Refusal, Timings, UnknownModel, Verdict
from models.interpretation import label_set_of
from models.metrics import count
from report.advice import SUBJECTS
from report.answer import CAPTION_LIMIT, Hint, utf16_length
from report.language import pick_language
from report.overlay import draw_overlay
from report.words import describe

logger = logging.getLogger(__name__)

MEGABYTE = 2**20


class Reader(Protocol):
    """The part of ``models.DiagnosisService`` that the bot uses."""

    catalog: Catalog
    limits: DecodingLimits

    async def diagnose(self, data: bytes, model: str | None = None) -> Diagnosis | Refusal:
        """The one way through; see ``models.DiagnosisService.diagnose``."""


@dataclass(frozen=True)
class Failure:
    """Why there is neither a diagnosis nor a refusal."""

    code: str


@dataclass(frozen=True)
class Attachment:
    """A file for the person."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """``text`` is plain and fits under a picture; ``overlay`` is a JPEG, None when there is nothing to show; ``hint``
    is what else may be asked of the same picture; ``attachment`` goes in the overlay's place. The result is a
    ``Reading`` where an earlier one was told again."""

    result: Diagnosis | Refusal | Failure | Reading
    text: str
    overlay: bytes | None = None
    hint: Hint | None = None
    attachment: Attachment | None = None


async def read_picture(request: Request, data: bytes, reader: Reader) -> Outcome:
    """The outcome of reading ``data`` with the model that was asked for."""
    try:
        result = await reader.diagnose(data, request.model)
    except UnknownModel:
        return failed("unknown_model", texts.NOT_INSTALLED, request.language)
    if isinstance(result, Refusal):
        return refused(result, reader, request)
    language = pick_language(request.language)
    text = describe(result, reader.catalog.card(result.model), language).text()
    try:
        overlay = await asyncio.to_thread(draw_overlay, result, language)
    except Exception:
        logger.exception("the overlay could not be drawn, the words go alone")
        overlay = None
    return Outcome(result, text, overlay)


def models_alike(model: str, reader: Reader) -> tuple[str, ...]:
    """The other models that read pictures of the kind that ``model`` reads, in the order in which they are offered."""
    catalog = reader.catalog
    if model not in catalog.names:
        return ()
    subject = SUBJECTS.get(catalog.card(model).modality)
    others = (name for name in texts.installed(catalog.names) if name != model)
    return tuple(name for name in others if SUBJECTS.get(catalog.card(name).modality) == subject)


def reads_alike(past: Reading, reader: Reader) -> bool:
    """Whether ``past`` is what the models of today would say again."""
    if past.model not in reader.catalog.names:
        return False
    card = reader.catalog.card(past.model)
    return (card.version, reader.catalog.weights_hash(card.name)) == (past.version, past.weights_hash)


def as_diagnosis(past: Reading, reader: Reader) -> Diagnosis:
    """An earlier reading without what is not kept of it: the picture and where the model looked."""
    card = reader.catalog.card(past.model) if reads_alike(past, reader) else None
    findings = sorted((Finding(*item) for item in past.probabilities.items()), key=lambda finding: -finding.probability)
    return Diagnosis(
        model=past.model,
        version=past.version,
        weights_hash=past.weights_hash,
        engine=past.engine,
        verdict=Verdict(past.verdict),
        findings=tuple(findings),
        heatmap=np.empty((0, 0), np.float32),
        region=(0, 0, 0, 0),
        novelty=past.novelty,
        picture=Picture(np.empty((0, 0, 3), np.uint8), SourceFormat.PNG),
        timings=Timings(0.0, 0.0),
        label_set=None if card is None else label_set_of(findings, card),
    )


def remembered(past: Reading, why: str, reader: Reader, language_code: str | None) -> Outcome:
    """The words of an earlier reading from what is kept of it, and ``why``, an English text of the bot, there is no
    overlay."""
    card = reader.catalog.card(past.model) if past.model in reader.catalog.names else None
    note = texts.translator(language_code)(why)
    room = CAPTION_LIMIT - utf16_length(note) - 2
    words = describe(as_diagnosis(past, reader), card, pick_language(language_code)).text(room)
    return Outcome(past, f"{words}\n\n{note}")


def too_large(size: int | None, limit: int, reader: Reader, request: Request) -> Outcome:
    """The refusal of a file of ``size`` bytes that is not even downloaded; None: Telegram does not say."""
    details: dict[str, float | int | str] = {"limit": limit / MEGABYTE}
    if size is not None:
        details["megabytes"] = size / MEGABYTE
    message = f"the file is larger than {limit / MEGABYTE:g} MB"
    refusal = Refusal(ReasonCode.FILE_TOO_LARGE, message, details, request.model)
    count(refusal, None)
    return refused(refusal, reader, request)


def refused(refusal: Refusal, reader: Reader, request: Request) -> Outcome:
    """The refusal in words, and what else may be asked of the same picture."""
    answer = describe(refusal, _card(refusal, reader), pick_language(request.language))
    if answer.hint is None:
        return Outcome(refusal, answer.text())
    hint = texts.hint(answer.hint, texts.translator(request.language), button=not request.of_another)
    room = CAPTION_LIMIT - utf16_length(hint) - 2
    return Outcome(refusal, f"{answer.text(room)}\n\n{hint}", hint=answer.hint)


def failed(code: str, text: str, language_code: str | None) -> Outcome:
    """The failure ``code`` with ``text``, an English text of ``bot.texts``."""
    return Outcome(Failure(code), texts.translator(language_code)(text))


def timed(outcome: Outcome, download: float | None, reply: float | None) -> Milliseconds:
    """Where the time went; ``download`` and ``reply`` in milliseconds."""
    timings = None if isinstance(outcome.result, Failure | Reading) else outcome.result.timings
    return Milliseconds(
        download=download,
        convert=timings.convert if timings else None,
        infer=timings.infer if timings else None,
        reply=reply,
    )


async def record(
    journal: Journal, request: Request, outcome: Outcome, milliseconds: Milliseconds, message_id: int
) -> None:
    """Journals what the person was told in message ``message_id``."""
    result = outcome.result
    if isinstance(result, Diagnosis | Reading):
        reading = result if isinstance(result, Reading) else _reading(result)
        await journal.finish_answered(request.id, reading, milliseconds, message_id)
    elif isinstance(result, Refusal):
        await journal.finish_refused(
            request.id,
            result.code,
            milliseconds,
            answer_message_id=message_id,
            model=result.model,
            novelty=result.novelty,
        )
    else:
        await journal.finish_failed(request.id, result.code, milliseconds, message_id)


def _card(refusal: Refusal, reader: Reader) -> ModelCard | None:
    return reader.catalog.card(refusal.model) if refusal.model in reader.catalog.names else None


def _reading(diagnosis: Diagnosis) -> Reading:
    return Reading(
        verdict=diagnosis.verdict.value,
        model=diagnosis.model,
        version=diagnosis.version,
        weights_hash=diagnosis.weights_hash,
        engine=diagnosis.engine,
        probabilities={finding.label: finding.probability for finding in diagnosis.findings},
        novelty=diagnosis.novelty,
    )
