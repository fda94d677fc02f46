"""A model's card in plain words, for the models that are shipped and for one that nobody knows yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import models
from models import ModelCard
from report.answer import MESSAGE_LIMIT, utf16_length
from report.language import LANGUAGES
from report.model_words import model_name, model_page, models_overview
from tests.report.samples import card

WEIGHTS = Path(models.__file__).parent / "weights"
SHIPPED = {name: ModelCard.read(WEIGHTS / name / "card.json") for name in ("melanoma", "skin", "pneumonia")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_page_fits_a_message_and_is_in_the_persons_language(name: str, language: str) -> None:
    page = model_page(SHIPPED[name], language)
    assert utf16_length(page) <= MESSAGE_LIMIT
    assert not re.search(r"[{}]|None|…", page)
    for line in page.splitlines():
        assert not line or bool(re.search("[а-яё]", line)) is (language == "ru"), line


@pytest.mark.parametrize("name", SHIPPED)
def test_a_page_tells_the_cards_own_figures_sources_and_version(name: str) -> None:
    shipped, page = SHIPPED[name], model_page(SHIPPED[name], "en")
    missed = next(f for f in shipped.figures if f.name == "sensitivity (not called unsuspicious)" and f.fold == "test")
    value, low, high = (int(100 * part + 0.5) for part in (missed.value, missed.low, missed.high))
    assert f"it calls {value} ({low} to {high}) suspicious or unclear" in page
    assert f"Version {shipped.version} of " in page
    assert f"{missed.pictures:,} of them" in page
    for source in shipped.data:
        assert f"{source.name}: {source.pictures:,} pictures ({source.licence})" in page
    assert page.count("\n• ") >= len(shipped.labels) + len(shipped.data) + 5 + 3


def test_the_shipped_skin_model_is_said_to_be_moderate_and_the_others_are_not() -> None:
    told = {name: "That is moderate" in model_page(shipped, "en") for name, shipped in SHIPPED.items()}
    assert told == {"melanoma": False, "skin": True, "pneumonia": False}
    assert "63 (60 to 65) of 100" in model_page(SHIPPED["skin"], "en")
    assert "лишь подсказка" in model_page(SHIPPED["skin"], "ru")


def test_the_chest_xray_model_is_said_to_fail_on_adults() -> None:
    assert "On adults it was wrong more often than right" in model_page(SHIPPED["pneumonia"], "en")


@pytest.mark.parametrize(
    ("pictures", "words"), [(1, "1 снимок"), (22, "22 снимка"), (5, "5 снимков"), (1005, "1005 снимков")]
)
def test_pictures_are_counted_in_the_right_plural(pictures: int, words: str) -> None:
    source = SHIPPED["skin"].data[0].model_copy(update={"pictures": pictures})
    page = model_page(SHIPPED["skin"].model_copy(update={"data": (source,)}), "ru")
    assert words in page.replace("\xa0", "")


def test_what_was_not_measured_is_said_and_not_made_up() -> None:
    bare = SHIPPED["melanoma"].model_copy(update={"figures": ()})
    page = model_page(bare, "en")
    assert "has not been measured" in page
    assert "of 100" not in page.lower()
    only_elsewhere = tuple(f.model_copy(update={"fold": "adults"}) for f in SHIPPED["melanoma"].figures)
    assert "has not been measured" in model_page(bare.model_copy(update={"figures": only_elsewhere}), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_that_nobody_knows_yet_has_a_page_too(language: str) -> None:
    unknown = card("melanoma").model_copy(update={"name": "moles"})
    page = model_page(unknown, language)
    assert "moles" in page
    assert utf16_length(page) <= MESSAGE_LIMIT
    assert model_name("moles", language) == "moles"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_has_a_line_for_each_model(language: str) -> None:
    text = models_overview(SHIPPED.values(), language)
    assert text.count("🔹") == 3
    assert all(f"🔹 {model_name(name, language)}: " in text for name in SHIPPED)
    assert utf16_length(text) <= MESSAGE_LIMIT
