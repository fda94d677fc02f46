"""The request log: who sent what when, and what became of it. No picture, no name, no text of a person is kept."""

from journal.entries import Answered, Incoming, Milliseconds, Original, Reading, Request, State
from journal.history import Outcome
from journal.journal import Journal, JournalUnavailable
from journal.opening import open_journal

__all__ = [
    "Answered",
    "Incoming",
    "Journal",
    "JournalUnavailable",
    "Milliseconds",
    "Original",
    "Outcome",
    "Reading",
    "Request",
    "State",
    "open_journal",
]
