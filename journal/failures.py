"""What may go wrong with the journal, in words for whoever runs the bot."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError


class JournalUnavailable(Exception):
    """The journal cannot be opened or written; the text is one line for a person who runs the bot."""


class LeaseLost(Exception):
    """The request is no longer this process's to work on: it took too long over it, or the request is gone."""


def reason(error: Exception) -> str:
    """The cause in one line, as the database or the system tells it."""
    if isinstance(error, DBAPIError):
        error = error.orig if isinstance(error.orig, Exception) else error
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).splitlines() or [type(error).__name__])[0]
