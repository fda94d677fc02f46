"""From a form to its answer: journaled first, read, journaled again, told."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from conversion import ReasonCode
from journal import JournalUnavailable
from journal.api import Claim, Finished, Posted, Repeat, Told
from models import CatalogError, CorruptWeights, Diagnosis, EngineFailed, EngineUnavailable, Refusal
from models.metrics import FAILURES, count, count_answer, count_failure, count_request
from web.answers import diagnosis_out, posted_reading
from web.body import Form, Upload
from web.callers import Caller
from web.desk import Desk
from web.problems import MEDIA_TYPE, Document, Problem, document_of, problem_of, refusal_problem, wait
from web.schemas import DiagnosisOut, ProblemOut
from web.settings import MEGABYTE
from web.texts import Code
from web.tracing import CHANNEL

logger = logging.getLogger(__name__)

INTERRUPTED = "interrupted"
MODELS_AMISS = (CatalogError, CorruptWeights, EngineFailed, EngineUnavailable)
"""What is no fault of the picture's: it may be read when it is sent again."""
MODEL_AGAIN_SECONDS = 30
REPLAYED = {"Idempotent-Replayed": "true"}


@dataclass(frozen=True)
class Asked:
    """Who asks, in which language, and under which ids."""

    caller: Caller
    language: str
    trace: str
    repeat_key: str | None


async def answer_form(desk: Desk, form: Form, asked: Asked) -> Document:
    """The answer to ``form``: of one picture a document of its own, of several an array.

    Raises ``Problem``, and ``JournalUnavailable``; then nobody is told anything of the pictures.
    """
    claim = None
    if asked.repeat_key is not None:
        claim = Claim(asked.caller.owner, asked.repeat_key, await asyncio.to_thread(_fingerprint, form))
    now = datetime.now(UTC)
    posted = [
        Posted(str(uuid4()), asked.caller.key_id, asked.trace, now, asked.language, form.model, upload.size)
        for upload in form.files
    ]
    accepting = asyncio.create_task(desk.journal.api.accept(posted, claim))
    if claim is not None and (repeat := await accepting) is not None:
        return _again(repeat, claim)
    try:
        # The journal writes while the model reads; nothing is told before it has written.
        results = await asyncio.gather(
            *(_read(desk, picture, upload, asked) for picture, upload in zip(posted, form.files, strict=True))
        )
        await accepting
        document = _document([told for _, told in results], asked.language)
        failed = any(end.failure for end, _ in results)
        kept = None if failed or claim is None else _kept(document, claim)
        await desk.journal.api.finish([end for end, _ in results], claim, kept, keep=desk.repeats_last)
    except BaseException:
        await _give_up(desk, posted, accepting, claim)
        raise
    count_answer()
    return document


async def _read(
    desk: Desk, picture: Posted, upload: Upload, asked: Asked
) -> tuple[Finished, DiagnosisOut | ProblemOut]:
    """How it ended for the journal, and what to tell."""
    try:
        result = await _result(desk, upload, picture.model)
        if isinstance(result, Diagnosis):
            return _told(desk, picture, upload, result, asked.language)
        return _refused(desk, picture, result, asked)
    except MODELS_AMISS as error:
        logger.error("%s; the picture is not read", error, extra={"alert": "models_amiss"})  # noqa: TRY400
        return _failed(picture, wait(Code.MODEL_UNAVAILABLE, MODEL_AGAIN_SECONDS), asked)
    except Exception:
        logger.exception("a picture could not be read")
        return _failed(picture, Problem(Code.INTERNAL), asked)


def _failed(picture: Posted, problem: Problem, asked: Asked) -> tuple[Finished, ProblemOut]:
    code = problem.code.value
    count_failure(CHANNEL, picture.model, code)
    return Finished(picture.id, failure=code), problem_of(problem, asked.language, asked.trace)


async def _result(desk: Desk, upload: Upload, model: str | None) -> Diagnosis | Refusal:
    if upload.data is not None:
        return await desk.reader.diagnose(upload.data, model)
    megabytes, limit = round(upload.size / MEGABYTE, 1), desk.settings.max_file_mb
    details = {"megabytes": megabytes, "limit": limit}
    refusal = Refusal(ReasonCode.FILE_TOO_LARGE, f"{megabytes} MB are more than {limit:g}", details, model)
    count(refusal, None)
    return refusal


def _told(
    desk: Desk, picture: Posted, upload: Upload, diagnosis: Diagnosis, language: str
) -> tuple[Finished, DiagnosisOut]:
    reading = posted_reading(diagnosis, desk.reader.catalog.card(diagnosis.model))
    convert, infer = diagnosis.timings.convert, diagnosis.timings.infer
    held_until = desk.shelf.put(picture.id, upload.data or b"", diagnosis)
    told = Told(picture.id, picture.received_at, reading, convert, infer)
    count_request(CHANNEL, diagnosis.model, diagnosis.verdict.value)
    logger.info("read by %s %s: %s", diagnosis.model, diagnosis.version, diagnosis.verdict.value)
    return Finished(picture.id, reading, convert_ms=convert, infer_ms=infer), diagnosis_out(told, language, held_until)


def _refused(desk: Desk, picture: Posted, refusal: Refusal, asked: Asked) -> tuple[Finished, ProblemOut]:
    catalog, model = desk.reader.catalog, refusal.model
    count_request(CHANNEL, model, "refused")
    logger.info("refused: %s", refusal.code)
    ended = Finished(
        picture.id,
        refusal=str(refusal.code),
        model=model,
        novelty=refusal.novelty,
        convert_ms=refusal.timings.convert if refusal.timings else None,
        infer_ms=refusal.timings.infer if refusal.timings else None,
    )
    card = catalog.card(model) if model in catalog.names else None
    return ended, refusal_problem(refusal, card, asked.language, asked.trace)


def _document(told: Sequence[DiagnosisOut | ProblemOut], language: str) -> Document:
    if len(told) > 1:
        items = [item.model_dump_json(exclude_none=isinstance(item, ProblemOut)) for item in told]
        return Document(200, f"[{','.join(items)}]", language)
    if isinstance(told[0], ProblemOut):
        again = told[0].code == Code.MODEL_UNAVAILABLE
        return document_of(told[0], language, {"Retry-After": str(MODEL_AGAIN_SECONDS)} if again else None)
    return Document(200, told[0].model_dump_json(), language)


def _fingerprint(form: Form) -> str:
    """What tells requests apart: the model that was named, and the pictures in their order."""
    whole = hashlib.sha256((form.model or "").encode())
    for upload in form.files:
        content = b"" if upload.data is None else upload.data
        whole.update(f"/{upload.size}/".encode() + hashlib.sha256(content).digest())
    return whole.hexdigest()


def _kept(document: Document, claim: Claim) -> Repeat:
    return Repeat(claim.fingerprint, document.status, document.language, document.text)


def _again(repeat: Repeat, claim: Claim) -> Document:
    """The answer that there is to the same request. Raises ``Problem`` where there is none."""
    if repeat.fingerprint != claim.fingerprint:
        raise Problem(Code.IDEMPOTENCY_MISMATCH)
    if repeat.status is None or repeat.body is None or repeat.language is None:
        raise wait(Code.IDEMPOTENCY_IN_PROGRESS, 1)
    kind = MEDIA_TYPE if repeat.status >= 400 else "application/json"
    return Document(repeat.status, repeat.body, repeat.language, kind, REPLAYED)


async def _give_up(
    desk: Desk, posted: Sequence[Posted], accepting: asyncio.Task[Repeat | None], claim: Claim | None
) -> None:
    """The work broke off, through a stop or a lost journal: who asks again is read anew."""
    await asyncio.gather(accepting, return_exceptions=True)
    FAILURES.labels(CHANNEL, INTERRUPTED).inc(len(posted))
    ended = [Finished(picture.id, failure=INTERRUPTED) for picture in posted]
    try:
        await desk.journal.api.finish(ended, claim, keep=desk.repeats_last)
    except JournalUnavailable as error:
        logger.warning("%s; what broke off stays in it as received", error)
