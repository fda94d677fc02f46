from __future__ import annotations

import pytest

from models.card import Risk
from models.diagnosis import Verdict
from report.answer import Answer, FindingLine, bar, shorten, utf16_length

FINDINGS = tuple(
    FindingLine(code, f"{code} growth", "some resemblance", figure, probability, Risk.NONE)
    for code, figure, probability in (("first", "50%", 0.5), ("second", "30%", 0.3), ("third", "20%", 0.2))
)
ANSWER = Answer(
    verdict=Verdict.SUSPICIOUS,
    band="🔺 Suspicious",
    subject="skin",
    summary="The summary.",
    findings=FINDINGS,
    where="Where it looked.",
    next_step="The next step.",
    limits="The limits.",
)


def test_parts_are_read_in_this_order() -> None:
    assert ANSWER.text() == (
        "🔺 Suspicious · skin\n\n"
        "The summary.\n\n"
        "• first growth: some resemblance, 50%\n"
        "• second growth: some resemblance, 30%\n"
        "• third growth: some resemblance, 20%\n\n"
        "🔍 Where it looked.\n\n"
        "👉 The next step.\n\n"
        "ℹ️ The limits."
    )


def test_the_least_important_parts_go_first() -> None:
    whole = utf16_length(ANSWER.text())
    assert ANSWER.text(whole) == ANSWER.text()
    without_lesser = ANSWER.text(whole - 1)
    assert "first growth" in without_lesser
    assert "second growth" not in without_lesser
    assert "Where it looked" in without_lesser
    without_where = ANSWER.text(utf16_length(without_lesser) - 1)
    assert "first growth" in without_where
    assert "Where it looked" not in without_where
    without_findings = ANSWER.text(utf16_length(without_where) - 1)
    assert "first growth" not in without_findings
    assert "The limits." in without_findings
    assert ANSWER.text(50) == "🔺 Suspicious · skin\n\n👉 The next step."


@pytest.mark.parametrize("limit", range(14, 300, 7))
def test_the_verdict_stays_under_every_limit(limit: int) -> None:
    text = ANSWER.text(limit)
    assert utf16_length(text) <= limit
    assert text.startswith("🔺 Suspicious") or limit < utf16_length(ANSWER.band)


def test_length_is_counted_as_telegram_does() -> None:
    assert utf16_length("да") == 2
    assert utf16_length("🔺") == 2
    assert utf16_length("ℹ️") == 2


def test_shortening_never_cuts_a_character_in_two() -> None:
    assert shorten("🔺🔺🔺", 6) == "🔺🔺🔺"
    assert shorten("🔺🔺🔺", 5) == "🔺🔺…"
    assert shorten("🔺🔺🔺", 4) == "🔺…"
    assert shorten("one two", 5) == "one…"


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "░░░░░░░░░░"), (0.04, "░░░░░░░░░░"), (0.68, "███████░░░"), (1.0, "██████████"), (1.2, "██████████")],
)
def test_a_bar_shows_the_probability(probability: float, shown: str) -> None:
    assert bar(probability) == shown


def test_a_bar_is_as_long_as_asked() -> None:
    assert bar(0.5, cells=4) == "██░░"
