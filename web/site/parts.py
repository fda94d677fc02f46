"""Parts that several pages share: the choice of a model, problems, and an answer in full."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import streamlit as st

from web.site.api import Problem
from web.site.context import Context
from web.site.markup import put
from web.site.problem_words import problem_text

VIEW_KEY: Final = "view"


class View(StrEnum):
    """The pages of the site."""

    READ = "read"
    COMPARE = "compare"
    EARLIER = "earlier"
    MODELS = "models"


def go_to(view: View) -> None:
    """Show ``view`` next; for buttons' callbacks."""
    st.session_state[VIEW_KEY] = view


def choose_model(here: Context, key: str) -> str | None:
    """The model that the visitor names, None where the kind of picture decides."""
    speech = here.speech
    names = ["", *(model.name for model in here.models)]
    titles = {"": speech("Let the picture decide"), **{model.name: model.title for model in here.models}}
    captions = [speech("a mole or a chest X-ray is told by itself"), *(model.summary for model in here.models)]
    chosen = st.radio(
        speech("Which model reads it"), names, format_func=titles.__getitem__, captions=captions, key=f"{key}_model"
    )
    return chosen or None


def put_problem(here: Context, problem: Problem, *, picture_here: bool = False) -> None:
    """Tell ``problem``; with ``picture_here`` also that nothing is lost, where that is not plain."""
    put("problem", text=problem_text(problem, here.speech, picture_here=picture_here))


def may_try_again(problems: Iterable[Problem | None]) -> bool:
    """Whether asking again may help: not where a picture itself cannot be read."""
    return any(problem is not None and not problem.of_the_picture for problem in problems)
