"""The frame of every page: heading, language, the way from page to page, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import streamlit as st

from web.site import compare_view, earlier_view, models_view, read_view
from web.site.components import set_tongue
from web.site.context import CHOICE_KEY, LANGUAGE_KEY, Context, chosen_language, context
from web.site.language import LANGUAGES, Speech
from web.site.markup import put, put_style
from web.site.parts import VIEW_KEY, View
from web.site.session import session

_ICON: Final = Path(__file__).parent / "static" / "icon.svg"
_SHOW: Final[Mapping[View, Callable[[Context], None]]] = MappingProxyType(
    {
        View.READ: read_view.show,
        View.COMPARE: compare_view.show,
        View.EARLIER: earlier_view.show,
        View.MODELS: models_view.show,
    }
)


def show() -> None:
    """The whole page, once for each run of the script."""
    language = chosen_language()
    speech = Speech(language)
    st.set_page_config(page_title=speech("Second Look"), page_icon=_ICON, layout="wide")
    put_style()
    set_tongue(speech)
    heading, switch = st.columns([4, 1], vertical_alignment="center")
    with heading:
        put("header", title=speech("Second Look"), motto=speech("A second look at a skin photo or a chest X-ray"))
    with switch, st.container(horizontal=True, horizontal_alignment="right"):
        _switch_language(language)
    view = _choose_view(speech)
    here = context()
    _SHOW[view](here)
    put(
        "footer",
        lines=[
            speech("A demonstration for research and teaching, not a medical device. It does not replace a doctor."),
            speech(
                "Your pictures are kept in memory only, for as long as this page is open. The service that reads them "
                "holds them for some minutes. Neither of the two writes them to a disk."
            ),
        ],
    )


def _switch_language(language: str) -> None:
    def keep() -> None:
        st.session_state[CHOICE_KEY] = st.session_state["language"]
        for place in session().places.values():
            place.unsay()

    if CHOICE_KEY in st.session_state and st.query_params.get(LANGUAGE_KEY) != language:
        st.query_params[LANGUAGE_KEY] = language
    st.segmented_control(
        "Language · Язык",
        list(LANGUAGES),
        default=language,
        format_func=LANGUAGES.__getitem__,
        key="language",
        on_change=keep,
        required=True,
        label_visibility="collapsed",
    )


def _choose_view(speech: Speech) -> View:
    names = {
        View.READ: speech("Read a picture"),
        View.COMPARE: speech("Compare two"),
        View.EARLIER: speech("Earlier answers"),
        View.MODELS: speech("The models"),
    }
    # Other pages' buttons set it too, so there it is and not in a default.
    st.session_state.setdefault(VIEW_KEY, View.READ)
    chosen = st.segmented_control(
        speech("Page"),
        list(View),
        format_func=names.__getitem__,
        key=VIEW_KEY,
        required=True,
        label_visibility="collapsed",
    )
    return chosen or View.READ
