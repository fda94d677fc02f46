"""Problems in plain words. What concerns a picture the API words itself; what is between the site and its API, and what
the API words for programs, is worded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from web.site.api import Cause, Problem
from web.site.language import Speech


def mark(text: str) -> str:
    """``text`` unchanged: marks a text in a table for extraction; it is translated where it is used."""
    return text


@dataclass(frozen=True)
class ProblemText:
    """What is shown of a problem."""

    title: str
    paragraphs: tuple[str, ...]


_STILL_HERE: Final = mark("Nothing is lost: your picture is still here.")
_NOT_LET_IN: Final = (
    mark("This site is not let in by the service that reads pictures"),
    mark("Tell whoever runs this site: its key for the service (SITE_API_KEY) is missing or not valid."),
)
_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        Cause.UNREACHABLE: (
            mark("The service that reads pictures cannot be reached"),
            mark("It may be starting or being renewed. Try again in a minute; if it stays like this, tell whoever "
                 "runs this site."),
        ),
        Cause.TIMED_OUT: (
            mark("The answer did not come in time"),
            mark("The service that reads pictures has much to do. Try again in a minute."),
        ),
        Cause.NOT_UNDERSTOOD: (
            mark("The answer could not be understood"),
            mark("What came is no answer that this site knows. Tell whoever runs it."),
        ),
        "key_missing": _NOT_LET_IN,
        "key_wrong": _NOT_LET_IN,
        "foreign_host": _NOT_LET_IN,
        "rate_limited": (
            mark("Too many pictures just now"),
            mark("This site has sent as many pictures as it may for the moment."),
        ),
        "internal": (
            mark("Something went wrong at the service"),
            mark("It is no fault of your picture. Try again; if it stays like this, tell whoever runs this site."),
        ),
        "model_unavailable": (
            mark("The model cannot be used at the moment"),
            mark("It is no fault of your picture. If it stays like this, tell whoever runs this site."),
        ),
        "idempotency_in_progress": (
            mark("The picture is still being read"),
            mark("Your last attempt has not been answered yet. Try again in a moment."),
        ),
        "expired": (
            mark("The service no longer holds this picture"),
            mark("Pictures are held for some minutes and never kept, so the heat map and the report cannot be made "
                 "any more. The answer itself stays. Read the picture again for new ones."),
        ),
        "unknown_model": (
            mark("This model is no longer there"),
            mark("Choose another one, or let the kind of picture decide."),
        ),
    }
)  # fmt: skip


def problem_text(problem: Problem, speech: Speech, *, picture_here: bool = False) -> ProblemText:
    """``problem`` in the visitor's language; with ``picture_here`` it is said that nothing is lost."""
    own = _WORDS.get(problem.code)
    title, detail = (speech(own[0]), speech(own[1])) if own else (problem.title, problem.detail)
    paragraphs = [detail, problem.advice]
    if own and problem.wait:
        paragraphs.append(speech.count("Try again in {number} second.", "Try again in {number} seconds.", problem.wait))
    if picture_here and not problem.of_the_picture:
        paragraphs.append(speech(_STILL_HERE))
    paragraphs.append(problem.limits)
    return ProblemText(title, tuple(part for part in paragraphs if part))
