from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot import texts
from bot.delivery import to_html
from bot.personal_texts import COMMANDS
from report.answer import Hint, utf16_length

PACKAGE = Path(bot.__file__).parent
CATALOGUE = PACKAGE / "locales" / "ru.po"


def extracted() -> set[tuple[str, ...]]:
    keywords = {"mark": None, "_": None, "gettext": None, "ngettext": (1, 2)}
    return {forms(found[2]) for found in extract_from_dir(PACKAGE, keywords=keywords)}


def russian() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The Russian forms of each text by its English ones: one of each, or as many as the language has for numbers."""
    with CATALOGUE.open("rb") as file:
        return {forms(m.id): forms(m.string) for m in read_po(file, "ru") if m.id and not m.fuzzy}


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_text_has_its_russian_and_no_russian_is_left_over() -> None:
    catalogue = russian()
    assert extracted() == set(catalogue)
    assert all(len(said) == (1 if len(english) == 1 else 3) for english, said in catalogue.items())
    assert all(string.strip() for said in catalogue.values() for string in said)


def test_the_russian_keeps_commands_bullets_and_line_breaks() -> None:
    marks = r"/[a-z]+|[•🔹💬⏳🚫]|\n|{\w+}"
    for english, said in russian().items():
        for string in said:
            assert sorted(re.findall(marks, english[-1])) == sorted(re.findall(marks, string)), english


def test_texts_keep_telegrams_limits() -> None:
    for text in (text for said in (*russian(), *russian().values()) for text in said):
        assert utf16_length(text) <= 4096
    for language in ("en", "ru"):
        _ = texts.translator(language)
        assert len(_(texts.DESCRIPTION)) <= 512
        assert len(_(texts.SHORT_DESCRIPTION)) <= 120
        assert all(len(text) <= 256 for text in texts.commands(texts.MODELS, _).values())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_model_and_every_hint_has_its_words(language: str) -> None:
    _ = texts.translator(language)
    assert len({texts.ready_for(model, _) for model in texts.MODELS}) == len(texts.MODELS)
    assert len({texts.hint(hint, _) for hint in Hint}) == len(Hint)
    assert set(texts.MODELS) <= set(texts.commands(texts.MODELS, _))
    for text in (texts.greeting(texts.MODELS, _), texts.instructions(texts.MODELS, _)):
        assert utf16_length(text) <= 4096
        assert all(f"/{model}" in text for model in texts.MODELS if model != "melanoma")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_model_that_is_not_installed_is_not_offered(language: str) -> None:
    _ = texts.translator(language)
    models = texts.installed(["another", "pneumonia", "melanoma"])
    assert models == ("melanoma", "pneumonia")
    assert list(texts.commands(models, _)) == [
        "melanoma",
        "pneumonia",
        "cancel",
        "help",
        "models",
        "start",
        *COMMANDS,
        "feedback",
    ]
    for text in (texts.greeting(models, _), texts.instructions(models, _)):
        assert "/skin" not in text
        assert "/pneumonia" in text
        assert "{" not in text
        assert "\n\n\n" not in text


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    assert to_html("a < b\n\n<i>c</i> & d\n\ne") == "<b>a &lt; b</b>\n\n&lt;i&gt;c&lt;/i&gt; &amp; d\n\ne"
    assert to_html("only a heading") == "<b>only a heading</b>"
