"""The page where two pictures of one mole are looked at side by side."""

from __future__ import annotations

from typing import Final

import streamlit as st

from web.site.asking import read
from web.site.components import intake
from web.site.context import Context
from web.site.markup import put
from web.site.parts import choose_model, may_try_again, put_problem
from web.site.pictures import data_url
from web.site.result import put_answer, put_limits, put_overlay, put_verdict
from web.site.session import Place

_SIDES: Final = ("left", "right")


def show(here: Context) -> None:
    """Two places for pictures, or both answers."""
    speech = here.speech
    put(
        "paragraph",
        heading=speech("Two pictures of one mole"),
        text=speech(
            "Comparing is for your eye and for a doctor's. The model reads each picture by itself and does not measure "
            "change: light, angle and sharpness alone move its figures. A mole that grows, or changes its shape or "
            "colour, should be seen by a doctor whatever is said here."
        ),
        quiet=False,
    )
    places = {side: here.session.places[side] for side in _SIDES}
    titles = {"left": speech("Earlier picture"), "right": speech("Later picture")}
    if all(place.reading for place in places.values()):
        _answers(here, places, titles)
    else:
        _ask(here, places, titles)


def _ask(here: Context, places: dict[str, Place], titles: dict[str, str]) -> None:
    speech = here.speech
    first_empty = next((side for side in _SIDES if places[side].taken is None), "right")
    for side, column in zip(_SIDES, st.columns(2, gap="medium"), strict=True):
        place = places[side]
        with column:
            put("paragraph", heading=titles[side], text="", quiet=False)
            intake(f"intake_{side}", speech, place.taken, place.put, pastes=side == first_empty)
            if place.problem is not None:
                put_problem(here, place.problem, picture_here=True)
    model = choose_model(here, "pair")
    whole = all(place.taken for place in places.values())
    problems = [place.problem for place in places.values()]
    pressed = st.button(
        speech("Try again") if may_try_again(problems) else speech("Read both"),
        type="primary",
        key="read_pair",
        disabled=not whole,
    )
    if not whole:
        st.caption(speech("First choose both pictures."))
    if pressed:
        with st.spinner(speech("Reading both pictures …")):
            for place in places.values():
                if place.reading is None:
                    read(here.api, here.session, place, model, speech.language)
        st.rerun()
    if here.problem is not None and not any(problems):
        put_problem(here, here.problem)
        st.button(speech("Look again"), key="look_again")


def _answers(here: Context, places: dict[str, Place], titles: dict[str, str]) -> None:
    speech = here.speech
    pictures = [(titles[side], place.reading.layers) for side, place in places.items() if place.reading]
    if all(layers for _, layers in pictures):
        pair = [
            {"picture": data_url(layers.picture, "image/webp"), "alt": title, "caption": title}
            for title, layers in pictures
            if layers
        ]
        put("pair", pair=pair)
    for side, column in zip(_SIDES, st.columns(2, gap="medium"), strict=True):
        reading = places[side].reading
        if reading is None:
            continue
        with column:
            put("paragraph", heading=titles[side], text="", quiet=False)
            answer = put_verdict(here, reading)
            put_answer(here, reading, answer)
            with st.expander(speech("Where the model looked")):
                put_overlay(here, reading, answer)
            put_limits(here, answer)
    st.button(speech("Compare others"), key="others", on_click=_clear, args=(places,))


def _clear(places: dict[str, Place]) -> None:
    for place in places.values():
        place.clear()
