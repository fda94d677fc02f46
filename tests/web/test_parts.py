"""Parts that need no server: languages, rates, settings, texts."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from models.settings import WrongSettings, read_settings
from web.languages import accepted_language
from web.problems import Problem
from web.rates import Rates
from web.settings import WebSettings
from web.texts import LOCALES, PROBLEMS, Code


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ru", "ru"),
        ("RU-ru", "ru"),
        ("en-GB,ru;q=0.9", "en"),
        ("en;q=0.2, ru;q=0.9", "ru"),
        ("de-DE, fr;q=0.9, ru;q=0.1", "ru"),
        ("de, *;q=0.5, ru;q=0.1", "en"),
        ("ru;q=0, en;q=0.1", "en"),
        ("be", "ru"),
        ("ru;q=oops", "en"),
        (";;,,=;q", "en"),
        ("x," * 1000 + "ru", "en"),
    ],
)
def test_the_language_is_the_most_wanted_that_is_spoken_here(header: str | None, language: str) -> None:
    assert accepted_language(header) == language


def test_a_rate_refills_with_time_and_is_each_ones_own() -> None:
    now = [0.0]
    rates = Rates(6, lambda: now[0])
    for _ in range(6):
        rates.charge(1, 1)
    with pytest.raises(Problem) as caught:
        rates.charge(1, 1)
    assert (caught.value.code, caught.value.headers["Retry-After"]) == ("rate_limited", "10")
    rates.charge(2, 6)
    now[0] = 10.0
    rates.charge(1, 1)
    with pytest.raises(Problem):
        rates.check(1)
    now[0] = 1000.0
    with pytest.raises(Problem):
        rates.charge(1, 6), rates.charge(1, 1)


def test_a_batch_larger_than_the_rate_goes_through_when_nothing_was_sent_and_is_paid_for() -> None:
    now = [100.0]
    rates = Rates(6, lambda: now[0])
    rates.charge(1, 16)
    with pytest.raises(Problem) as caught:
        rates.check(1)
    assert caught.value.headers["Retry-After"] == "110"


def test_no_rate_is_no_limit() -> None:
    rates = Rates(0)
    for _ in range(1000):
        rates.charge(1, 16)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_LISTEN", "8000"),
        ("API_LISTEN", "localhost:http"),
        ("API_KEYS", "sometimes"),
        ("API_RATE_LIMIT", "-1"),
        ("API_BODIES", "0"),
        ("API_ORIGINS", "clinic.example"),
        ("API_ORIGINS", "https://clinic.example/page"),
        ("API_KEEP_MINUTES", "long"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as caught:
        read_settings(WebSettings)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


def russian() -> dict[str, str]:
    with (LOCALES / "ru.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, "ru") if message.id}


def test_every_text_has_its_russian_with_the_same_placeholders_and_none_is_left_over() -> None:
    found = extract_from_dir(
        Path(LOCALES).parent,
        keywords={"mark": None, "_": None},
        directory_filter=lambda folder: Path(folder).name != "site",  # it has texts and a catalogue of its own
    )
    source = {str(text[2]) for text in found}
    catalogue = russian()
    assert set(catalogue) == source
    for english, text in catalogue.items():
        assert re.search("[а-яё]", text), english
        fields = [sorted(name for _, name, _, _ in Formatter().parse(item) if name) for item in (english, text)]
        assert fields[0] == fields[1], english


def test_every_code_has_its_words_and_every_status_is_an_error() -> None:
    assert set(PROBLEMS) == set(Code)
    assert all(400 <= words.status < 600 for words in PROBLEMS.values())
    titles = [words.title for code, words in PROBLEMS.items() if code is not Code.FOREIGN_HOST]
    assert len(set(titles)) == len(titles)
