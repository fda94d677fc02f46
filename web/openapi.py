"""What OpenAPI says beside what FastAPI finds by itself: the form, the problems, and an example of each."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from conversion import ReasonCode
from models import Refusal, RefusalCode
from report.language import SOURCE_LANGUAGE
from web.body import MOST_FILES
from web.problems import MEDIA_TYPE, Amount, Problem, problem_of, refusal_problem
from web.schemas import DiagnosisOut, ProblemOut
from web.texts import PROBLEMS, Code

TITLE: Final = "Second Look"
_ABOUT: Final = """\
A second look at a skin photo or a chest X-ray. A research and teaching demonstration, not a medical device: it informs,
it never diagnoses a person by itself.

* **Keys.** `Authorization: Bearer KEY`, unless the server runs for its own machine only. A key sees its own requests.
* **Language.** `Accept-Language: ru` or `en`; texts for people come in it, `Content-Language` says so.
* **Problems** are `application/problem+json` (RFC 9457) with a `code` for programs.
* **Request ids.** `X-Request-ID` is taken over where it is letters, digits, `.`, `_`, `-`, up to 64 of them; else one
  is made. It is in every answer and in the server's log.
"""
_EXAMPLE_TRACE: Final = "0f8fad5bd9cb469fa16570867728950e"
_VALUES: Final[dict[str, Any]] = {
    "limit": "16",
    "wait": Amount(2, "duration-second"),
    "models": "melanoma, pneumonia, skin",
}
_ALWAYS = (Code.KEY_MISSING, Code.KEY_WRONG, Code.FOREIGN_HOST, Code.INTERNAL, Code.JOURNAL_UNAVAILABLE, Code.STOPPING)


def _problems(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """The responses that stand for ``codes``, by status."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        words = PROBLEMS[code]
        response = responses.setdefault(words.status.value, _response(words.status.phrase))
        example = problem_of(Problem(code, **_VALUES), SOURCE_LANGUAGE, _EXAMPLE_TRACE)
        response["content"][MEDIA_TYPE]["examples"][code.value] = {"value": example.model_dump(exclude_none=True)}
        if words.status in (401, 405):
            name = "WWW-Authenticate" if words.status == 401 else "Allow"
            response["headers"] = {name: {"schema": {"type": "string"}}}
        if words.status in (409, 429, 503):
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return responses


def _response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema, "examples": {}}}}


def _with_refusals(responses: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    for refusal in (
        Refusal(ReasonCode.BLURRED, "", {"value": 11.2, "limit": 40.0}, "melanoma"),
        Refusal(RefusalCode.WRONG_KIND, "", {"kind": "chest_xray"}, "melanoma"),
        Refusal(ReasonCode.FILE_TOO_LARGE, "", {"megabytes": 31.5, "limit": 20.0}),
    ):
        example = refusal_problem(refusal, None, SOURCE_LANGUAGE, _EXAMPLE_TRACE)
        examples = responses[example.status]["content"][MEDIA_TYPE]["examples"]
        examples[example.code] = {"value": example.model_dump(exclude_none=True)}
    return responses


def _binary(kind: str) -> dict[str, Any]:
    return {"content": {kind: {"schema": {"type": "string", "format": "binary"}}}}


DIAGNOSES: Final = {
    200: {"model": DiagnosisOut | list[DiagnosisOut | ProblemOut], "description": "One diagnosis, or an array"},
    **_with_refusals(
        _problems(
            *_ALWAYS,
            Code.BAD_FORM,
            Code.BODY_TOO_LARGE,
            Code.BUSY,
            Code.ENCODED_BODY,
            Code.IDEMPOTENCY_IN_PROGRESS,
            Code.IDEMPOTENCY_KEY_INVALID,
            Code.IDEMPOTENCY_MISMATCH,
            Code.MODEL_UNAVAILABLE,
            Code.NOT_MULTIPART,
            Code.NOT_READY,
            Code.NO_FILE,
            Code.RATE_LIMITED,
            Code.TOO_MANY_FILES,
            Code.UNKNOWN_FIELD,
            Code.UNKNOWN_MODEL,
            Code.UPLOAD_TOO_SLOW,
        )
    ),
}
DIAGNOSIS: Final = {200: {"model": DiagnosisOut}, **_problems(*_ALWAYS, Code.NOT_FOUND)}
_GONE: Final = _problems(*_ALWAYS, Code.NOT_FOUND, Code.EXPIRED)
DRAWING: Final = {200: _binary("image/png"), **_GONE}
PDF: Final = {200: _binary("application/pdf"), **_GONE}
REPORT_PAGE: Final = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **_GONE}
GUARDED: Final = _problems(*_ALWAYS)

BATCH_FORM: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "makes the request safe to repeat; a random UUID is best",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "description": "JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC, AVIF or DICOM, told by content",
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_FILES,
                            "items": {"type": "string", "format": "binary"},
                        },
                        "model": {
                            "description": "a name that /v1/models lists; left out, the kind of picture decides",
                            "type": "string",
                            "maxLength": 64,
                            "examples": ["melanoma"],
                        },
                    },
                }
            }
        },
    },
}


def describe_api(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``."""
    whole = get_openapi(title=TITLE, version=app.version, description=_ABOUT, routes=app.routes)
    schemas = whole["components"]["schemas"]
    # No endpoint has parameters that FastAPI checks, so its own kind of 422 never comes.
    for path in whole["paths"].values():
        for operation in path.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    refusals = ", ".join(f"`{code.value}`" for code in (*ReasonCode, *RefusalCode))
    requests = ", ".join(f"`{code.value}`" for code in Code)
    schemas["ProblemOut"]["description"] += f"\n\nOf pictures: {refusals}.\n\nOf requests: {requests}."
    return whole
