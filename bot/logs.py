"""Logging: one format, the request's number on each line, and nothing that belongs to a person or is secret."""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from types import TracebackType

REQUEST: ContextVar[int | None] = ContextVar("REQUEST", default=None)
"""The journal's number of the request that is worked on; set by a worker, seen in each of its lines."""

_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PrivateFormatter(logging.Formatter):
    """Tracebacks without the exceptions' texts, which quote what was being worked on, and lines without the token,
    which is part of every address that the HTTP client complains about."""

    def __init__(self, secret: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s")
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        number = REQUEST.get()
        record.request = "" if number is None else f" [request {number}]"
        text = super().format(record)
        return text.replace(self._secret, "[token]") if self._secret else text

    def formatException(self, ei: _Error) -> str:  # noqa: N802 - logging's name
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            kind = type(error)
            lines += [f"{kind.__module__}.{kind.__qualname__}\n", *traceback.format_tb(error.__traceback__)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "".join(lines).rstrip()


def set_up_logging(level: str, secret: str) -> None:
    """Logs go to standard output; standard error is for the one line that says why the bot does not serve."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(PrivateFormatter(secret))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # aiogram logs contents of updates and of failed requests; what matters of it is logged here in other words.
    logging.getLogger("aiogram").setLevel(logging.CRITICAL + 1)
    for chatty in ("aiosqlite", "asyncio", "alembic", "PIL", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
