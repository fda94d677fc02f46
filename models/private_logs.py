"""Log lines, to be read or to be collected: each with the request it belongs to, and none with what was being worked
on, with a person or a secret."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from models import tracing
from models.metrics import ErrorCounter

_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

logger = logging.getLogger(__name__)

CHATTY = ("aiosqlite", "asyncio", "alembic", "PIL", "sqlalchemy")
"""Libraries whose lines below a warning help nobody who runs the program."""


class PrivateFormatter(logging.Formatter):
    """Lines to be read. Tracebacks come without the exceptions' texts, which quote what was being worked on; and
    ``secrets`` are left out wherever they stand."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s")
        self._secrets = tuple(filter(None, secrets))

    def format(self, record: logging.LogRecord) -> str:
        work = tracing.current()
        record.request = "" if work is None else f" [request {work.request}]"
        # Another handler may have left the traceback as it words it, which would be taken over.
        record.exc_text = None
        line = super().format(record)
        record.exc_text = None
        return self._redacted(line)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = message_of(record)
        return super().formatMessage(record)

    def formatException(self, ei: _Error) -> str:  # noqa: N802
        lines: list[str] = []
        for error in _chain(ei[1]):
            lines += [f"{_name(error)}\n", *traceback.format_tb(error.__traceback__)]
        return "".join(lines).rstrip()

    def _redacted(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "[token]")
        return line


class JsonFormatter(PrivateFormatter):
    """Lines to be collected: a JSON object each, with the same left out."""

    def format(self, record: logging.LogRecord) -> str:
        work = tracing.current()
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "ts": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request": work and work.request,
            "channel": work and work.channel,
        }
        if alert := getattr(record, "alert", None):
            line["alert"] = alert
        if record.exc_info:
            line["exception"] = [
                {"class": _name(error), "frames": list(_frames(error))} for error in _chain(record.exc_info[1])
            ]
        return self._redacted(json.dumps(line))


def message_of(record: logging.LogRecord) -> str:
    """The record's message; of asyncio's, which quotes the task and its exception from the second line on, the
    first."""
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def set_up(level: str, form: Literal["console", "json"], secrets: Collection[str] = ()) -> None:
    """All lines of ``level`` and above go to standard output, and errors are counted. Standard error is for the one
    line that says why the program does not serve."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(secrets) if form == "json" else PrivateFormatter(secrets))
    logging.basicConfig(level=level, handlers=[handler, ErrorCounter()], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Python's own would quote the exception.
    sys.excepthook = _log_the_end


def _log_the_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logger.critical("the program ends by an error", exc_info=(kind, error, trace))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """``error``, and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"
