"""The page that tells what the models know and how often they err."""

from __future__ import annotations

import streamlit as st

from web.site.cards import put_card
from web.site.context import Context
from web.site.parts import put_problem


def show(here: Context) -> None:
    """A card for each model."""
    if here.problem is not None:
        put_problem(here, here.problem)
        st.button(here.speech("Look again"), key="look_again")
    for model in here.models:
        with st.container(border=True):
            put_card(model, model.title)
