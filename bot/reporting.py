"""The report of an answer: the picture, read again, as a PDF; or why there is none."""

from __future__ import annotations

import asyncio

from bot import report_texts, texts
from bot.outcome import Attachment, Failure, Outcome, failed
from journal import Answered
from models import Diagnosis, ModelCard
from report.language import moment, pick_language


async def report(outcome: Outcome, past: Answered, card: ModelCard, language_code: str | None) -> Outcome:
    """The report of ``past`` from ``outcome``, which is what became of its picture now; ``card`` is its model's."""
    result = outcome.result
    if isinstance(result, Failure):
        return failed(result.code, report_texts.PICTURE_GONE, language_code)
    if not isinstance(result, Diagnosis) or result.verdict.value != past.reading.verdict:
        return contradicting(language_code)
    language = pick_language(language_code)
    data = await asyncio.to_thread(_pdf, result, card, past, language)
    caption = texts.translator(language)(report_texts.CAPTION).format(date=moment(past.received_at, language))
    return Outcome(result, caption, attachment=Attachment(f"second-look-{past.received_at:%Y-%m-%d}.pdf", data))


def contradicting(language_code: str | None) -> Outcome:
    """There is no report, since it would not be of the answer that the person has."""
    return failed("model_changed", report_texts.MODEL_CHANGED, language_code)


def _pdf(diagnosis: Diagnosis, card: ModelCard, past: Answered, language: str) -> bytes:
    from report.document import compose  # noqa: PLC0415 - with what it needs, a second that the start can do without
    from report.pdf import render_pdf  # noqa: PLC0415

    return render_pdf(compose(diagnosis, card, past.received_at, str(past.id), language))
