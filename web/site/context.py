"""What every page is made from: the API, the visitor's language and session, and the models there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

import streamlit as st

from web.site.api import Api, ApiProblem, Problem
from web.site.documents import Model, Models
from web.site.language import LANGUAGES, Speech, pick_language
from web.site.session import Session, session
from web.site.settings import read_settings

LANGUAGE_KEY: Final = "lang"
CHOICE_KEY: Final = "chosen_language"
_MODELS_LAST: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Context:
    """``models`` is empty, and ``problem`` says why, where the API does not tell them."""

    api: Api
    speech: Speech
    session: Session
    models: tuple[Model, ...] = ()
    problem: Problem | None = None

    def model(self, name: str) -> Model | None:
        return next((model for model in self.models if model.name == name), None)

    def title(self, name: str) -> str:
        """What a model is called."""
        model = self.model(name)
        return model.title if model else name


def context() -> Context:
    """For this run of the script."""
    speech = Speech(chosen_language())
    try:
        known = _models(speech.language).models
    except ApiProblem as error:
        return Context(_api(), speech, session(), problem=error.problem)
    return Context(_api(), speech, session(), known)


def chosen_language() -> str:
    """The one that was chosen here, else the one that the page's address names, else the browser's."""
    # The address alone would not do: a run that was on its way when the choice was made still has the old one.
    named = st.session_state.get(CHOICE_KEY) or st.query_params.get(LANGUAGE_KEY)
    return named if named in LANGUAGES else pick_language(st.context.locale)


@lru_cache(1)
def _api() -> Api:
    settings = read_settings()
    return Api(settings.site_api_url, settings.site_api_key)


@st.cache_data(ttl=_MODELS_LAST, show_spinner=False)
def _models(language: str) -> Models:
    return _api().models(language)
