"""The page with the answers of this session."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from web.site.asking import speak
from web.site.context import Context
from web.site.markup import put
from web.site.parts import View, go_to, put_problem
from web.site.pictures import data_url
from web.site.session import MOST_READINGS, Reading


def show(here: Context) -> None:
    """Newest first, each with a button that shows it in full."""
    speech, readings = here.speech, here.session.readings
    text = speech.count(
        "The last {number} answer of this session is kept until you close the page.",
        "The last {number} answers of this session are kept until you close the page.",
        MOST_READINGS,
    )
    if not readings:
        text = speech("Nothing has been read in this session yet.")
    put("paragraph", heading=speech("Earlier answers"), text=text, quiet=False)
    # One that cannot be had in this language stands for the others: each would take as long to fail.
    problem = next((problem for reading in readings if (problem := speak(here.api, reading, speech.language))), None)
    if problem is not None:
        put_problem(here, problem)
    for reading in readings:
        with st.container(border=True):
            _put_line(here, reading)
            name = speech("Show the answer")
            st.button(name, key=f"show_{reading.name}", on_click=_open, args=(here, reading))
    if readings:
        st.button(speech("Forget all of them"), key="forget", on_click=here.session.forget, icon=":material/delete:")


def _put_line(here: Context, reading: Reading) -> None:
    speech = here.speech
    answer = reading.answer(speech.language)
    put(
        "earlier",
        verdict=answer.verdict,
        thumbnail=data_url(reading.layers.thumbnail, "image/webp") if reading.layers else "",
        alt=speech("A small copy of the picture"),
        when=speech.clock(reading.at, _zone()),
        subject=here.title(answer.model),
        title=answer.words.title,
        name=reading.taken.name,
    )


def _open(here: Context, reading: Reading) -> None:
    place = here.session.places["one"]
    place.put(reading.taken)
    place.reading = reading
    go_to(View.READ)


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
