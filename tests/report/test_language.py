from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from report.language import LANGUAGES, load_translations, moment, percent, pick_language, quantity
from report.words import LOCALES


@pytest.mark.parametrize("code", ["ru", "ru-RU", "RU", "ru_RU", "be", "kk", "kk-Cyrl-KZ", "ky", "tt"])
def test_languages_whose_speakers_read_russian_get_russian(code: str) -> None:
    assert pick_language(code) == "ru"


@pytest.mark.parametrize("code", [None, "", "en", "en-GB", "uk", "uz", "de", "pt-br", "rum", "xx-ru", "?"])
def test_all_others_get_english(code: str | None) -> None:
    assert pick_language(code) == "en"


def test_every_picked_language_is_offered() -> None:
    assert {pick_language(code) for code in ("ru", "en", "zz")} == set(LANGUAGES)


def test_english_is_the_text_of_the_source() -> None:
    assert load_translations(LOCALES, "en").gettext("chest X-ray") == "chest X-ray"


def test_russian_comes_from_the_catalogue() -> None:
    assert load_translations(LOCALES, "ru").gettext("chest X-ray") == "рентген грудной клетки"


def test_a_text_without_translation_stays_english() -> None:
    assert load_translations(LOCALES, "ru").gettext("no such text") == "no such text"


def test_a_catalogue_is_read_once() -> None:
    assert load_translations(LOCALES, "ru") is load_translations(LOCALES, "ru")


def test_each_folder_has_texts_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "ru.po").write_text(
        'msgid "yes"\nmsgstr "да"\n\n#, fuzzy\nmsgid "no"\nmsgstr "ну"\n',
        encoding="utf-8",
    )
    translations = load_translations(tmp_path, "ru")
    assert translations.gettext("yes") == "да"
    assert translations.gettext("no") == "no"


def test_a_missing_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_translations(tmp_path, "ru")


def test_a_broken_catalogue_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ru.po").write_text("this is no catalogue\n", encoding="utf-8")
    with pytest.raises(PoFileError):
        load_translations(tmp_path, "ru")


def test_percentages_are_written_as_the_language_does() -> None:
    assert percent(0.934, "en") == "93%"
    assert percent(0.934, "ru") == "93\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (1, "1 pixel", "1 пиксель"),
        (3, "3 pixels", "3 пикселя"),
        (11, "11 pixels", "11 пикселей"),
        (21.0, "21 pixels", "21 пиксель"),
        (21.54, "21.5 pixels", "21,5 пикселя"),
    ],
)
def test_quantities_have_the_right_plural(value: float, english: str, russian: str) -> None:
    assert quantity(value, "graphics-pixel", "en") == english
    assert quantity(value, "graphics-pixel", "ru") == russian


@pytest.mark.parametrize(("language", "said"), [("en", "1 Feb 2026, 23:30"), ("ru", "1 февр. 2026, 23:30")])
def test_a_moment_is_told_in_utc(language: str, said: str) -> None:
    tokyo = timezone(timedelta(hours=9))
    assert moment(datetime(2026, 2, 2, 8, 30, tzinfo=tokyo), language) == said
