"""The Russian catalogue against the source: complete, without leftovers, with the same placeholders."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from report.language import LANGUAGES, SOURCE_LANGUAGE
from report.words import LOCALES

KEYWORDS = {"_": None, "mark": None, "gettext": None, "ngettext": (1, 2)}
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]

pytestmark = pytest.mark.parametrize("language", TRANSLATED)


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def key(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def texts_in_source() -> set[tuple[str, ...]]:
    return {key(found[2]) for found in extract_from_dir(LOCALES.parent, keywords=KEYWORDS)}


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_texts_are_found_in_the_source(language: str) -> None:
    assert len(texts_in_source()) > 100


def test_nothing_is_missing_and_nothing_left_over(language: str) -> None:
    assert {key(message.id) for message in messages(language)} == texts_in_source()


def test_nothing_is_empty_fuzzy_or_obsolete(language: str) -> None:
    assert not catalogue(language).fuzzy
    assert not catalogue(language).obsolete
    for message in messages(language):
        assert all(part.strip() for part in key(message.string)), message.id
        assert not message.fuzzy, message.id


def test_every_translation_is_russian_and_not_the_english_text(language: str) -> None:
    for message in messages(language):
        for part in key(message.string):
            if re.search(r"[A-Za-z]{3}", re.sub(r"{\w+}", "", key(message.id)[0])):
                assert re.search("[а-яё]", part), message.id


def test_placeholders_are_the_same(language: str) -> None:
    for message in messages(language):
        for part in key(message.string):
            assert placeholders(part) == placeholders(key(message.id)[-1]), message.id


def test_signs_at_the_beginning_are_the_same(language: str) -> None:
    for message in messages(language):
        sign = re.match(r"[🔺🔶🟢📎📷]", key(message.id)[0])
        if sign:
            assert key(message.string)[0].startswith(sign.group()), message.id


def test_plural_forms_are_the_languages_own(language: str) -> None:
    assert catalogue(language).num_plurals == 3
    assert "n%100!=11" in str(catalogue(language).plural_expr)
    for message in messages(language):
        assert len(key(message.string)) == (3 if message.pluralizable else 1), message.id
