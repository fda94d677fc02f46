"""From a picture in its place to an answer with all that is shown of it."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from web.site.api import Api, ApiProblem, Cause, Problem
from web.site.pictures import Layers, layers_of
from web.site.session import Place, Reading, Session

# After these it is not known whether the picture was read: asking again must be the same request.
_OPEN: Final = frozenset({*Cause, "idempotency_in_progress", "stopping"})
EXPIRED: Final = Problem("expired")


def read(api: Api, session: Session, place: Place, model: str | None, language: str) -> None:
    """Read the picture in ``place``: afterwards there is a reading in it, or a problem. The picture stays there."""
    taken = place.taken
    assert taken is not None
    place.model = model
    try:
        diagnosis = api.diagnose(taken.data, model, language, place.repeat_key(language, model))
    except ApiProblem as error:
        place.problem = error.problem
        if error.problem.code not in _OPEN:
            place.attempt = None
        return
    reading = Reading(taken, model, {language: diagnosis})
    fetch_layers(api, reading, language)
    place.problem, place.attempt, place.reading = None, None, reading
    session.keep(reading)


def read_again(api: Api, reading: Reading, language: str) -> None:
    """Read the picture of ``reading`` anew, for what can no longer be had of the first time."""
    try:
        diagnosis = api.diagnose(reading.taken.data, reading.model, language, uuid4().hex)
    except ApiProblem as error:
        reading.layers_problem = error.problem
        return
    reading.answers, reading.reports = {language: diagnosis}, {}
    reading.report_problem = None
    fetch_layers(api, reading, language)


def fetch_layers(api: Api, reading: Reading, language: str) -> None:
    """The picture and its heat map; where they cannot be had the reading says why."""
    links = reading.answer(language).links
    try:
        reading.layers = _layers(api, links.picture, links.heat, language)
        reading.layers_problem = None
    except ApiProblem as error:
        reading.layers_problem = error.problem


def speak(api: Api, reading: Reading, language: str) -> Problem | None:
    """See to it that the answer is there in ``language``; why it cannot be had."""
    if language not in reading.answers:
        try:
            reading.answers[language] = api.diagnosis(reading.answer(language).links.self, language)
        except ApiProblem as error:
            return error.problem
    return None


def fetch_report(api: Api, reading: Reading, language: str) -> None:
    """The report as PDF, in ``language``; where it cannot be had the reading says why."""
    link = reading.answer(language).links.report
    if link is None:
        reading.report_problem = EXPIRED
        return
    try:
        reading.reports[language] = api.file(link, language)
        reading.report_problem = None
    except ApiProblem as error:
        reading.report_problem = error.problem


def _layers(api: Api, picture: str | None, heat: str | None, language: str) -> Layers:
    if picture is None or heat is None:
        raise ApiProblem(EXPIRED)
    try:
        return layers_of(api.file(picture, language), api.file(heat, language))
    except OSError as error:
        raise ApiProblem(Problem(Cause.NOT_UNDERSTOOD)) from error
