"""The page where one picture is put in and read."""

from __future__ import annotations

import streamlit as st

from web.site.asking import read
from web.site.components import intake
from web.site.context import Context
from web.site.markup import put
from web.site.parts import choose_model, may_try_again, put_problem
from web.site.result import (
    put_answer,
    put_chart,
    put_limits,
    put_model,
    put_overlay,
    put_report,
    put_report_problem,
    put_verdict,
)
from web.site.session import Place, Reading


def show(here: Context) -> None:
    """Where the picture is put in, or the answer to it."""
    place = here.session.places["one"]
    if place.reading is None:
        _ask(here, place)
    else:
        _answer(here, place, place.reading)


def _ask(here: Context, place: Place) -> None:
    speech = here.speech
    picture, choice = st.columns([3, 2], gap="medium")
    with picture:
        intake("intake_one", speech, place.taken, place.put, pastes=True)
    with choice:
        model = choose_model(here, "one")
        pressed = st.button(
            speech("Try again") if may_try_again([place.problem]) else speech("Read the picture"),
            type="primary",
            key="read_one",
            disabled=place.taken is None,
            width="stretch",
        )
        if place.taken is None:
            st.caption(speech("First choose a picture."))
    if pressed:
        with st.spinner(speech("Reading the picture …")):
            read(here.api, here.session, place, model, speech.language)
        st.rerun()
    if place.problem is not None:
        put_problem(here, place.problem, picture_here=True)
    elif here.problem is not None:
        put_problem(here, here.problem, picture_here=place.taken is not None)
        st.button(speech("Look again"), key="look_again")
    if place.taken is None:
        put(
            "paragraph",
            heading=speech("For a good reading"),
            text="\n".join(
                (
                    speech("In focus, in daylight, without flash, the spot in the middle."),
                    speech("An X-ray as the file itself, not as a photo of a screen."),
                    speech("Nothing on the picture that names a person: cut it off first."),
                )
            ),
            quiet=True,
        )


def _answer(here: Context, place: Place, reading: Reading) -> None:
    speech = here.speech
    answer = put_verdict(here, reading)
    picture, words = st.columns(2, gap="medium")
    with picture:
        put_overlay(here, reading, answer)
    with words:
        put_answer(here, reading, answer)
        with st.container(horizontal=True):
            put_report(here, reading)
            st.button(
                speech("Read another picture"),
                key="another",
                on_click=place.clear,
                icon=":material/add_photo_alternate:",
            )
        put_report_problem(here, reading)
    chart, limits = st.columns(2, gap="medium")
    with chart:
        put_chart(here, answer)
    with limits:
        put_limits(here, answer)
        _others(here, place, answer.model)
    put_model(here, answer)


def _others(here: Context, place: Place, model: str) -> None:
    """The same picture by the other models that read its kind."""
    speech = here.speech
    subjects = {known.name: known.subject for known in here.models}
    others = [other for other in here.models if other.name != model and other.subject == subjects.get(model)]
    if not others:
        return
    put("paragraph", heading=speech("The same picture by another model"), text="", quiet=True)
    with st.container(horizontal=True):
        for other in others:
            if st.button(other.title, key=f"by_{other.name}"):
                with st.spinner(speech("Reading the picture …")):
                    read(here.api, here.session, place, other.name, speech.language)
                st.rerun()
    if place.problem is not None:
        put_problem(here, place.problem)
