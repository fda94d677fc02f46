"""What surrounds every request: its id, its line in the log, its counts, and a problem for whatever goes wrong."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from uuid import uuid4

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.metrics import IN_FLIGHT
from models.tracing import working_on
from web.languages import accepted_language
from web.problems import Problem, document_of, problem_of, wait
from web.texts import Code

logger = logging.getLogger(__name__)

CHANNEL = "api"
HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UNMATCHED = "unmatched"
# Asked for every few seconds by machines that watch: not worth a line unless something is amiss.
_WATCHED = ("/healthz", "/readyz", "/metrics")

SECONDS = Histogram("second_look_http_seconds", "Time for an HTTP request", ("method", "route", "status"))
PROBLEMS = Counter("second_look_http_problems", "HTTP requests that were not served, by reason", ("code",))


def trace_of(request: Request) -> str:
    """The request's id."""
    trace: str = request.scope["trace"]
    return trace


def count_problem(problem: Problem) -> None:
    """Counts a request that is not served."""
    PROBLEMS.labels(problem.code.value).inc()


class Tracing:
    """ASGI middleware. It tells no more than route, status and time: no address, no key, no name of a file."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        trace = given if _SANE.fullmatch(given) else uuid4().hex
        scope["trace"] = trace
        with working_on(CHANNEL, trace):
            await self._trace(scope, receive, send, headers, trace)

    async def _trace(self, scope: Scope, receive: Receive, send: Send, headers: Headers, trace: str) -> None:
        begun, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out[HEADER] = trace
                out["Cache-Control"] = "no-store"
                out["X-Content-Type-Options"] = "nosniff"
            await send(message)

        async def tell(problem: Problem) -> None:
            if not status:
                count_problem(problem)
                language = accepted_language(headers.get("accept-language"))
                document = document_of(problem_of(problem, language, trace), language, problem.headers)
                await document.response()(scope, receive, answer)

        in_flight = IN_FLIGHT.labels(CHANNEL)
        in_flight.inc()
        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            logger.info("the caller left before the request was whole")
        except asyncio.CancelledError:
            # The server stops and has waited as long as it may.
            await tell(wait(Code.STOPPING, 5))
        except Exception:
            logger.exception("a request could not be served")
            await tell(Problem(Code.INTERNAL))
        finally:
            in_flight.dec()
            _record(scope, status, time.perf_counter() - begun)


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", _UNMATCHED)
    method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "OPTIONS") else "other"
    SECONDS.labels(method, route, str(status)).observe(seconds)
    level = logging.DEBUG if route in _WATCHED and status < 400 else logging.INFO
    logger.log(level, "%s %s: %d in %.0f ms", method, route, status, seconds * 1e3)
