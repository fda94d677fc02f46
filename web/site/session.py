"""What one visitor's session holds, in memory only: the pictures to be read, and the answers so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import streamlit as st

from web.site.api import Problem
from web.site.components import MEGABYTE, Taken
from web.site.documents import Diagnosis
from web.site.pictures import Layers

MOST_READINGS: Final = 20
_ROOM: Final = 128 * MEGABYTE
_KEY: Final = "second_look"


@dataclass
class Reading:
    """One answer: in each language that it was asked in, with what can be shown of it.

    ``layers_problem`` and ``report_problem`` say why that cannot be shown.
    """

    taken: Taken
    model: str | None
    answers: dict[str, Diagnosis]
    layers: Layers | None = None
    reports: dict[str, bytes] = field(default_factory=dict)
    layers_problem: Problem | None = None
    report_problem: Problem | None = None
    name: str = field(default_factory=lambda: uuid4().hex)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def answer(self, language: str) -> Diagnosis:
        """In ``language`` where it is there, else in the one that it was read in."""
        return self.answers.get(language) or next(iter(self.answers.values()))

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.taken.data) + (self.layers.size if self.layers else 0) + sum(map(len, self.reports.values()))


@dataclass
class Place:
    """Where a picture is put in to be read.

    ``attempt`` names the request, so that sending it again is no second one.
    """

    taken: Taken | None = None
    reading: Reading | None = None
    problem: Problem | None = None
    model: str | None = None
    attempt: tuple[str, str, str | None] | None = None

    def put(self, taken: Taken | None) -> None:
        """Another picture in place of the one that was here, or none."""
        self.taken, self.reading, self.problem, self.attempt = taken, None, None, None

    def clear(self) -> None:
        """No picture."""
        self.put(None)

    def unsay(self) -> None:
        """Take back a problem that the API worded: it did so in the language of then."""
        if self.problem is not None and self.problem.title:
            self.problem = None

    def repeat_key(self, language: str, model: str | None) -> str:
        """The name of the request: a new one unless the very same is being tried again."""
        if self.attempt is None or self.attempt[1:] != (language, model):
            self.attempt = (uuid4().hex, language, model)
        return self.attempt[0]


@dataclass
class Session:
    """``one`` is the place of a single picture, ``left`` and ``right`` are those of a comparison."""

    places: dict[str, Place] = field(default_factory=lambda: {name: Place() for name in ("one", "left", "right")})
    readings: list[Reading] = field(default_factory=list)

    def keep(self, reading: Reading) -> None:
        """Newest first; the oldest make room."""
        self.readings.insert(0, reading)
        del self.readings[MOST_READINGS:]
        while len(self.readings) > 1 and sum(item.size for item in self.readings) > _ROOM:
            self.readings.pop()

    def forget(self) -> None:
        """Nothing is held any more."""
        self.readings.clear()
        for place in self.places.values():
            place.clear()


def session() -> Session:
    """This visitor's."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    held = st.session_state[_KEY]
    assert isinstance(held, Session)
    return held
