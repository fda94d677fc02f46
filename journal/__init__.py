"""The request log: who sent what when, and what became of it. No picture, no name, no text of a person is kept."""

from journal.albums import NO_SUMMARY, Case, Part
from journal.broadcasts import Broadcast, Broadcasts, Stage
from journal.entries import Answered, Feedback, Incoming, Milliseconds, Original, Reading, Request, State, Wants
from journal.failures import JournalUnavailable, LeaseLost
from journal.history import Outcome
from journal.journal import Journal
from journal.limits import RateLimit
from journal.opening import open_journal
from journal.reports import Reported
from journal.statistics import Figures, Seconds

__all__ = [
    "NO_SUMMARY",
    "Answered",
    "Broadcast",
    "Broadcasts",
    "Case",
    "Feedback",
    "Figures",
    "Incoming",
    "Journal",
    "JournalUnavailable",
    "LeaseLost",
    "Milliseconds",
    "Original",
    "Outcome",
    "Part",
    "RateLimit",
    "Reading",
    "Reported",
    "Request",
    "Seconds",
    "Stage",
    "State",
    "Wants",
    "open_journal",
]
