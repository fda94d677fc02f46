"""The site's Russian against its source, and its numbers."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from web.site.api import Cause, Problem
from web.site.language import LANGUAGES, LOCALES, Speech, pick_language
from web.site.problem_words import problem_text
from web.texts import PROBLEMS, Code

KEYWORDS = {"_": None, "mark": None, "self": None, "speech": None, "count": (1, 2)}


def forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def russian() -> dict[tuple[str, ...], tuple[str, ...]]:
    with (LOCALES / "ru.po").open("rb") as file:
        catalogue = read_po(file, "ru", abort_invalid=True)
    assert not catalogue.fuzzy
    assert not catalogue.obsolete
    return {forms(message.id): forms(message.string) for message in catalogue if message.id}


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def test_every_text_has_its_russian_and_no_russian_is_left_over() -> None:
    source = {forms(found[2]) for found in extract_from_dir(LOCALES.parent, keywords=KEYWORDS)}
    assert len(source) > 70
    assert set(russian()) == source


def test_the_russian_is_russian_with_the_same_placeholders_and_all_plural_forms() -> None:
    for english, said in russian().items():
        assert len(said) == (1 if len(english) == 1 else 3), english
        for text in said:
            assert re.search("[а-яё]|[КМ]Б", text), english
            assert fields(text) == fields(english[-1]), english


@pytest.mark.parametrize(
    ("tag", "language"), [("ru-RU", "ru"), ("kk", "ru"), ("en-GB", "en"), ("de", "en"), ("", "en"), (None, "en")]
)
def test_the_language_is_the_browsers(tag: str | None, language: str) -> None:
    assert pick_language(tag) == language


def test_numbers_are_written_as_in_the_language() -> None:
    english, russian = Speech("en"), Speech("ru")
    assert [english.share(value) for value in (0.0, 0.031, 0.8, 1.0)] == ["less than 1%", "3%", "80%", "more than 99%"]
    assert russian.share(1.0) == "больше 99\N{NO-BREAK SPACE}%"
    assert [english.exact(value) for value in (0.3, 0.0537)] == ["30%", "5.4%"]
    assert russian.exact(0.0537) == "5,4\N{NO-BREAK SPACE}%"
    assert [russian.size(size) for size in (10, 46 * 1024, 3_355_443)] == ["1 КБ", "46 КБ", "3,2 МБ"]
    seconds = "Try again in {number} second.", "Try again in {number} seconds."
    assert [russian.count(*seconds, number) for number in (1, 22, 11)] == [
        "Повторите через 1 секунду.",
        "Повторите через 22 секунды.",
        "Повторите через 11 секунд.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_of_a_request_is_told_without_the_words_of_programs(language: str) -> None:
    """Those that a page of the site can meet: it sends one file, in a form of its own, and no key that is not good."""
    never = {
        code for code in Code if re.match("BAD_FORM|ENCODED|IDEMPOTENCY_(KEY|MIS)|METHOD|NOT_(FOUND|MULTI)", code.name)
    }
    never |= {Code.NO_FILE, Code.TOO_MANY_FILES, Code.UNKNOWN_FIELD}
    for code in (*Cause, *(set(Code) - never)):
        words = PROBLEMS.get(code)  # type: ignore[call-overload]
        told = Problem(code, 503, words.title, words.detail, wait=5) if words else Problem(code)
        text = problem_text(told, Speech(language), picture_here=True)
        whole = " ".join((text.title, *text.paragraphs))
        assert not told.of_the_picture
        assert text.title
        assert not re.search(r"Bearer|Idempotency|Content-|request_id|“model”|API_KEYS|Allow", whole), code
        if words is None or words.title != text.title or language == "en":
            assert bool(re.search("[а-яё]", whole)) is (language == "ru"), code
            assert ("still here" in whole) or ("по-прежнему здесь" in whole)


def test_of_a_picture_that_cannot_be_read_the_services_words_are_shown() -> None:
    refused = Problem(
        "blurred", 422, "Too blurred", "It is out of focus.", "Hold still.", "This says nothing of health."
    )
    text = problem_text(refused, Speech("en"), picture_here=True)
    assert (text.title, refused.of_the_picture) == ("Too blurred", True)
    assert text.paragraphs == ("It is out of focus.", "Hold still.", "This says nothing of health.")


def test_a_rate_says_how_long_to_wait() -> None:
    text = problem_text(Problem("rate_limited", 429, "Too many", "One key …", wait=21), Speech("ru"))
    assert "Повторите через 21 секунду." in text.paragraphs
    assert "One key …" not in text.paragraphs
