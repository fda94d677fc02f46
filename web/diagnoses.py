"""``/v1/diagnoses``: pictures in, answers out."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from journal.api import Told
from web.answers import PATH, diagnosis_out
from web.body import check_head, read_form
from web.callers import Caller
from web.desk import AnyDesk, Desk, KnownCaller, Spoken
from web.openapi import BATCH_FORM, DIAGNOSES, DIAGNOSIS
from web.problems import Document, Problem, wait
from web.reading import Asked, answer_form
from web.texts import Code
from web.tracing import trace_of

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REPEAT_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

router = APIRouter(tags=["diagnoses"])


@router.post(PATH, summary="Read one picture or several", responses=DIAGNOSES, openapi_extra=BATCH_FORM)
async def post_diagnoses(request: Request, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """Each `file` is opened, checked and read: by the `model` that is named, or by the one that reads this kind of
    picture. One file is answered by a diagnosis, or by a problem that says why it was not read (422, or 413 when it is
    too large); its `code` is one of those listed at `ProblemOut`. Two files and more, up to 16, are answered by an
    array with a diagnosis or a problem for each, in their order and with status 200: what is wrong with one does not
    touch the others.

    With an `Idempotency-Key` a request can be sent again safely: the same pictures are read once and get the same
    answer, with `Idempotent-Replayed: true`, for 24 hours unless this server is set otherwise.

    Pictures are held in memory for a short time (`expires_at`) and never written to disk.
    """
    document = await _post(request, desk, Asked(caller, language, trace_of(request), _repeat_key(request)))
    return document.response()


async def _post(request: Request, desk: Desk, asked: Asked) -> Document:
    if not desk.standing.loaded:
        raise wait(Code.NOT_READY, 2)
    desk.rates.check(asked.caller.owner)
    boundary = check_head(request.headers, desk.limits.body)
    async with desk.place():
        form = await read_form(request.stream(), boundary, desk.limits)
        if form.model and form.model not in desk.reader.catalog.names:
            raise Problem(Code.UNKNOWN_MODEL, models=", ".join(desk.reader.catalog.names))
        desk.rates.charge(asked.caller.owner, len(form.files))
        return await answer_form(desk, form, asked)


@router.get(f"{PATH}/{{id}}", summary="An earlier answer", responses=DIAGNOSIS)
async def get_diagnosis(id: str, desk: AnyDesk, caller: KnownCaller, language: Spoken) -> Response:
    """The answer as it was given, in the language asked for now. Answers stay when the picture is no longer held;
    refused pictures have none."""
    told = await find_told(desk, id, caller)
    held = desk.shelf.get(told.id)
    text = diagnosis_out(told, language, held.expires_at if held else None).model_dump_json()
    return Document(200, text, language).response()


async def find_told(desk: Desk, name: str, caller: Caller) -> Told:
    """The caller's answer of this name. Raises ``Problem`` where there is none."""
    told = await desk.journal.api.told(name, caller.key_id) if _ID.fullmatch(name) else None
    if told is None:
        raise Problem(Code.NOT_FOUND)
    return told


def _repeat_key(request: Request) -> str | None:
    """The ``Idempotency-Key``, with or without the quotes that the draft of the standard
    (draft-ietf-httpapi-idempotency-key-header) wants around it."""
    value = request.headers.get("idempotency-key")
    if value is None:
        return None
    key = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if not _REPEAT_KEY.fullmatch(key):
        raise Problem(Code.IDEMPOTENCY_KEY_INVALID)
    return key
