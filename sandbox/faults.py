"""Faults put in the way of a bot on purpose, and the log of its calls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import ApiError

MAX_CALLS = 10_000
CUT = 0
_TEXTS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass
class Fault:
    """What happens to the next ``times`` calls of ``method`` (lower case; ``*`` is every method, ``file`` downloads).

    They wait ``delay`` seconds first. ``status`` None then lets them through, 0 cuts the connection without an answer,
    any other is the error answered. With ``after`` the call is carried out before it fails, as when only the answer
    is lost. Only calls with all the parameters in ``where`` are hit.
    """

    method: str
    status: int | None = None
    retry_after: int | None = None
    times: int = 1
    delay: float = 0.0
    after: bool = False
    description: str = ""
    where: dict[str, Any] = field(default_factory=dict)

    def hits(self, method: str, parameters: Mapping[str, Any]) -> bool:
        """Tell whether a call of ``method`` (lower case) meets this fault."""
        alike = all(str(parameters.get(name)) == str(value) for name, value in self.where.items())
        return alike and self.method in (method, "*")

    def error(self) -> ApiError:
        """Return the error to answer with."""
        if self.status == 429 and not self.description:
            wait = self.retry_after if self.retry_after is not None else 1
            return ApiError(429, f"Too Many Requests: retry after {wait}", wait)
        status = self.status or 500
        return ApiError(status, self.description or _TEXTS.get(status, "Error"), self.retry_after)

    def as_json(self) -> dict[str, Any]:
        """Return the fault as it was given, with the times that are left."""
        return dict(vars(self))


class Faults:
    """The faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let ``fault`` hit the next calls."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Take all faults back."""
        self._waiting.clear()

    def waiting(self) -> list[Fault]:
        """Return the faults that have times left."""
        return list(self._waiting)

    def take(self, method: str, parameters: Mapping[str, Any]) -> Fault | None:
        """Return the fault that hits this call of ``method`` (lower case), and count it."""
        for fault in self._waiting:
            if fault.hits(method, parameters):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None


@dataclass
class LoggedCall:
    """One call of a Bot API method; ``status`` is None while it runs, 0 when it got no answer."""

    id: int
    method: str
    bot: int
    params: dict[str, Any]
    date: float = field(default_factory=time.time)
    status: int | None = None
    milliseconds: float | None = None

    def finish(self, status: int) -> None:
        """Note the HTTP status that was answered, and the time it took."""
        self.status = status
        self.milliseconds = round((time.time() - self.date) * 1000, 1)


class CallLog:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=MAX_CALLS)
        self._count = 0

    def start(self, method: str, bot: int, params: dict[str, Any]) -> LoggedCall:
        """Log a call that begins."""
        self._count += 1
        call = LoggedCall(self._count, method, bot, params)
        self._calls.append(call)
        return call

    def since(self, number: int, method: str) -> list[dict[str, Any]]:
        """Return the calls with a higher id than ``number``, of ``method`` (any case) if one is named."""
        chosen = (call for call in self._calls if call.id > number)
        return [dict(vars(call)) for call in chosen if method.lower() in ("", call.method.lower())]
