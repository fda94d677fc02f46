"""An answer in full, or its main parts."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from web.site.asking import EXPIRED, fetch_layers, fetch_report, read_again, speak
from web.site.cards import put_card
from web.site.components import overlay
from web.site.context import Context
from web.site.documents import Diagnosis, Model
from web.site.language import Speech
from web.site.markup import put
from web.site.parts import put_problem
from web.site.session import Reading


@dataclass(frozen=True)
class Bar:
    """A bar of the chart; ``width`` is in per cent of the whole."""

    name: str
    figure: str
    width: float
    positive: bool


@dataclass(frozen=True)
class Sum:
    """The bar that the verdict is made by, with its two thresholds, in per cent of the whole."""

    words: str
    width: float
    low: float
    high: float


def put_verdict(here: Context, reading: Reading) -> Diagnosis:
    """The verdict's band; the answer, in the visitor's language where it can be had."""
    problem = speak(here.api, reading, here.speech.language)
    if problem is not None:
        put_problem(here, problem)
    answer = reading.answer(here.speech.language)
    put("verdict", answer=answer)
    return answer


def put_overlay(here: Context, reading: Reading, answer: Diagnosis) -> None:
    """The picture with its heat map, or why there is none."""
    speech, problem = here.speech, reading.layers_problem
    if reading.layers is not None:
        alt = speech("The picture, with the places that the model looked at in colour")
        overlay(f"overlay_{reading.name}", speech, reading.layers, alt, answer.words.where)
    if problem is not None:
        put_problem(here, problem)
        if problem.code == EXPIRED.code:
            _offer_reading_again(here, reading)
        elif st.button(speech("Try again"), key=f"layers_{reading.name}"):
            fetch_layers(here.api, reading, speech.language)
            st.rerun()


def _offer_reading_again(here: Context, reading: Reading) -> None:
    if st.button(here.speech("Read the picture again"), key=f"again_{reading.name}"):
        with st.spinner(here.speech("Reading the picture …")):
            read_again(here.api, reading, here.speech.language)
        st.rerun()


def put_answer(here: Context, reading: Reading, answer: Diagnosis) -> None:
    """Findings and the next step."""
    put("findings", heading=here.speech("What the model finds"), answer=answer)
    put("paragraph", heading=here.speech("What to do next"), text=answer.words.next_step, quiet=False)


def put_limits(here: Context, answer: Diagnosis) -> None:
    """What the answer cannot say."""
    put("paragraph", heading=here.speech("What this cannot tell"), text=answer.words.limits, quiet=True)


def put_chart(here: Context, answer: Diagnosis) -> None:
    """All probabilities, and how the verdict comes from them."""
    speech, model = here.speech, here.model(answer.model)
    bars = [
        Bar(
            model.label_name(finding.label) if model else finding.label,
            speech.share(finding.probability),
            round(100 * finding.probability, 1),
            bool(model and finding.label in model.positive),
        )
        for finding in answer.findings
    ]
    put(
        "chart",
        heading=speech("Probabilities"),
        bars=bars,
        sum=_sum(speech, answer, model) if model else None,
        caption=speech("How alike the picture is to the model's examples of each kind. It is no chance of being ill."),
    )


def put_report(here: Context, reading: Reading) -> None:
    """The report as a file, made when it is asked for."""
    speech, language = here.speech, here.speech.language
    report = reading.reports.get(language)
    if report is not None:
        st.download_button(
            speech("Save the report (PDF, {size})").format(size=speech.size(len(report))),
            report,
            f"second-look-{reading.at:%Y-%m-%d}.pdf",
            "application/pdf",
            key=f"save_{reading.name}_{language}",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
        )
    elif st.button(speech("Make the report (PDF)"), key=f"report_{reading.name}", icon=":material/description:"):
        with st.spinner(speech("Making the report …")):
            fetch_report(here.api, reading, language)
        # The button that asked for it gives way to the one that saves it.
        st.rerun()


def put_report_problem(here: Context, reading: Reading) -> None:
    """Why there is no report, where one was asked for."""
    problem = reading.report_problem
    if problem is None or here.speech.language in reading.reports:
        return
    put_problem(here, problem)
    if problem.code == EXPIRED.code and reading.layers_problem is None:
        _offer_reading_again(here, reading)


def put_model(here: Context, answer: Diagnosis) -> None:
    """The card of the model that answered, folded up."""
    model = here.model(answer.model)
    if model is not None:
        with st.expander(here.speech("What this model knows, and how often it errs")):
            put_card(model)


def _sum(speech: Speech, answer: Diagnosis, model: Model) -> Sum:
    total = sum(finding.probability for finding in answer.findings if finding.label in model.positive)
    words = speech(
        "The verdict: the kinds marked in colour have {share} together. Below {low} that is called unsuspicious, from "
        "{high} suspicious, between them unclear."
    ).format(
        share=speech.share(total), low=speech.exact(model.unsuspicious_below), high=speech.exact(model.suspicious_from)
    )
    return Sum(
        words, round(100 * total, 1), round(100 * model.unsuspicious_below, 1), round(100 * model.suspicious_from, 1)
    )
