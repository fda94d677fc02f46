"""The application: endpoints, what surrounds them, and a problem document for whatever cannot be served."""

from __future__ import annotations

import logging

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from journal import JournalUnavailable
from models.build import version
from web import about, diagnoses, views
from web.desk import Desk
from web.languages import accepted_language
from web.openapi import TITLE, describe_api
from web.problems import Problem, document_of, problem_of, wait
from web.texts import Code
from web.tracing import HEADER, Tracing, count_problem, trace_of

logger = logging.getLogger(__name__)

_KEY = HTTPBearer(auto_error=False, scheme_name="key", description="an API key: `python -m web keys create NAME`")
_BY_STATUS = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}


def build_app(desk: Desk) -> FastAPI:
    """The API on ``desk``. Its pages of documentation would load scripts from elsewhere: there is /openapi.json
    instead."""
    app = FastAPI(title=TITLE, version=version(), docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.desk = desk
    app.include_router(diagnoses.router, dependencies=[Depends(_KEY)])
    app.include_router(views.router, dependencies=[Depends(_KEY)])
    app.include_router(about.keyed, dependencies=[Depends(_KEY)])
    app.include_router(about.router)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(JournalUnavailable, _on_journal)
    app.add_exception_handler(HTTPException, _on_http)
    if desk.settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=desk.settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Idempotency-Key", HEADER],
            expose_headers=["Content-Language", "Idempotent-Replayed", "Retry-After", HEADER],
        )
    app.add_middleware(Tracing)
    description = describe_api(app)
    app.openapi = lambda: description  # type: ignore[method-assign]
    return app


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    count_problem(error)
    language = accepted_language(request.headers.get("accept-language"))
    return document_of(problem_of(error, language, trace_of(request)), language, error.headers).response()


def _on_journal(request: Request, error: Exception) -> Response:
    logger.error("%s; nothing is accepted until it can", error, extra={"alert": "journal_unavailable"})
    return _on_problem(request, wait(Code.JOURNAL_UNAVAILABLE, 5))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code)
    if code is None:
        raise error
    return _on_problem(request, Problem(code, error.headers))
