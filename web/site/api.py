"""The API over HTTP: what the site asks it, and why an answer may be wanting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from web.site.documents import Diagnosis, Models, ProblemDocument

_TIMEOUT: Final = httpx.Timeout(120, connect=5)
_SOON: Final = 2.0
_LONGEST_WAIT: Final = 3600


class Cause(StrEnum):
    """Why the API itself did not say what is wrong."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True)
class Problem:
    """``code`` is the API's, or a ``Cause``; the texts are the API's, in the language it was asked in, or empty.

    ``advice`` comes where it is the picture that cannot be read. ``wait``: seconds until asking again is worth while.
    """

    code: str
    status: int = 0
    title: str = ""
    detail: str = ""
    advice: str = ""
    limits: str = ""
    wait: int | None = None

    @property
    def of_the_picture(self) -> bool:
        """Whether it is the picture that cannot be read."""
        return bool(self.advice)


class ApiProblem(Exception):
    """The API did not do what it was asked for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


_Document = TypeVar("_Document", bound=BaseModel)


class Api:
    """Asks the API at ``base``. Every method raises ``ApiProblem``; may be used from several threads."""

    def __init__(self, base: str, key: SecretStr | None = None, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"User-Agent": "second-look-site"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        # The environment's proxies are for the outside world; pictures go to the API and to nobody else.
        self._http = httpx.Client(
            base_url=base, headers=headers, timeout=_TIMEOUT, transport=transport, trust_env=False
        )

    def models(self, language: str) -> Models:
        """The models, in words of ``language``."""
        return _parsed(self._ask("GET", "/v1/models", language), Models)

    def diagnose(self, data: bytes, model: str | None, language: str, repeat_key: str) -> Diagnosis:
        """``data`` read by ``model``, or by the one that the kind of picture calls for. The same ``repeat_key`` makes
        sure that a request sent again is not read twice."""
        answer = self._ask(
            "POST",
            "/v1/diagnoses",
            language,
            # A file's name may be a person's: it stays here.
            files={"file": ("picture", data)},
            data={} if model is None else {"model": model},
            headers={"Idempotency-Key": repeat_key},
        )
        return _parsed(answer, Diagnosis)

    def diagnosis(self, path: str, language: str) -> Diagnosis:
        """An earlier answer, in words of ``language``."""
        return _parsed(self._ask("GET", path, language), Diagnosis)

    def file(self, path: str, language: str) -> bytes:
        """A picture or a report that a diagnosis links to."""
        return self._ask("GET", path, language).content

    def ready(self) -> bool:
        """Whether pictures can be read now."""
        try:
            return self._http.get("/readyz", timeout=_SOON).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _ask(self, method: str, path: str, language: str, **options: object) -> httpx.Response:
        headers = {"Accept-Language": language, **options.pop("headers", {})}  # type: ignore[dict-item]
        try:
            answer = self._http.request(method, path, headers=headers, **options)  # type: ignore[arg-type]
        except httpx.ConnectError as error:
            raise ApiProblem(Problem(Cause.UNREACHABLE)) from error
        except httpx.TimeoutException as error:
            raise ApiProblem(Problem(Cause.TIMED_OUT)) from error
        except httpx.HTTPError as error:
            raise ApiProblem(Problem(Cause.UNREACHABLE)) from error
        if answer.is_success:
            return answer
        raise ApiProblem(_problem_of(answer))


def _parsed(answer: httpx.Response, kind: type[_Document]) -> _Document:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        raise ApiProblem(Problem(Cause.NOT_UNDERSTOOD, answer.status_code)) from error


def _problem_of(answer: httpx.Response) -> Problem:
    wait = _seconds(answer.headers.get("Retry-After"))
    try:
        document = ProblemDocument.model_validate_json(answer.content)
    except ValidationError:
        # A server in front of the API answers in its own way when the API is away.
        away = answer.status_code in (502, 503, 504)
        return Problem(Cause.UNREACHABLE if away else Cause.NOT_UNDERSTOOD, answer.status_code, wait=wait)
    return Problem(
        document.code,
        document.status,
        document.title,
        document.detail,
        document.advice or "",
        document.limits or "",
        wait,
    )


def _seconds(text: str | None) -> int | None:
    return min(int(text), _LONGEST_WAIT) if text and text.isascii() and text.isdigit() else None
