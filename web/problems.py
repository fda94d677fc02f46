"""Problems as documents (RFC 9457), in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import Response

from conversion import ReasonCode
from models import ModelCard, Refusal
from report.language import load_translations, quantity
from report.words import describe
from web.schemas import ProblemOut, TimingsOut
from web.texts import LOCALES, PROBLEMS, Code

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Amount:
    """A number with a CLDR unit, such as ``duration-second``, that a text is filled with in the person's language."""

    value: float
    unit: str


class Problem(Exception):
    """A request that is not served. ``values`` fill the text's placeholders."""

    def __init__(self, code: Code, headers: Mapping[str, str] | None = None, /, **values: str | Amount) -> None:
        super().__init__(code.value)
        self.code = code
        self.headers = dict(headers or {})
        self.values = values


@dataclass(frozen=True)
class Document:
    """A document ready to be sent; ``text`` is JSON."""

    status: int
    text: str
    language: str
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        headers = {"Content-Language": self.language, "Vary": "Accept-Language", **self.headers}
        return Response(self.text, self.status, headers, media_type=self.media_type)


def wait(code: Code, seconds: int) -> Problem:
    """A problem that time mends: it says how long, also in ``Retry-After``."""
    return Problem(code, {"Retry-After": str(seconds)}, wait=Amount(seconds, "duration-second"))


def problem_of(problem: Problem, language: str, trace: str) -> ProblemOut:
    """``problem`` in words."""
    words = PROBLEMS[problem.code]
    _ = load_translations(LOCALES, language).gettext
    values = {
        name: quantity(value.value, value.unit, language) if isinstance(value, Amount) else value
        for name, value in problem.values.items()
    }
    return ProblemOut(
        type=_type(problem.code.value),
        title=_(words.title),
        status=words.status,
        detail=_(words.detail).format_map(values),
        code=problem.code.value,
        request_id=trace,
    )


def refusal_problem(refusal: Refusal, card: ModelCard | None, language: str, trace: str) -> ProblemOut:
    """Why a picture is not read, in the words that every channel has for it."""
    answer = describe(refusal, card, language)
    too_large = refusal.code == ReasonCode.FILE_TOO_LARGE
    return ProblemOut(
        type=_type(refusal.code),
        # The sign in front of the title is for a chat.
        title=answer.band.partition(" ")[2],
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.UNPROCESSABLE_ENTITY,
        detail=answer.summary,
        code=str(refusal.code),
        request_id=trace,
        advice=answer.next_step,
        limits=answer.limits,
        details=dict(refusal.details) or None,
        model=refusal.model,
        novelty=refusal.novelty,
        timings=refusal.timings and TimingsOut(convert=refusal.timings.convert, infer=refusal.timings.infer),
    )


def document_of(problem: ProblemOut, language: str, headers: Mapping[str, str] | None = None) -> Document:
    """``problem`` as a document of its own."""
    return Document(problem.status, problem.model_dump_json(exclude_none=True), language, MEDIA_TYPE, headers or {})


def _type(code: str) -> str:
    return f"urn:second-look:problem:{code}"
