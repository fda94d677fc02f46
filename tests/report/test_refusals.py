from __future__ import annotations

import re

import pytest

from conversion import ReasonCode
from models.diagnosis import Refusal, RefusalCode
from report.answer import CAPTION_LIMIT, Answer, Hint, utf16_length
from report.language import LANGUAGES
from report.words import describe
from tests.report.samples import card

CODES = [*ReasonCode, *RefusalCode]
DETAILS: dict[str, dict[str, float | int | str]] = {
    "file_too_large": {"megabytes": 25.3, "limit": 20.0},
    "too_many_pixels": {"megapixels": 100.0, "limit": 50.0},
    "too_slow": {"limit": 10.0},
    "several_frames": {"frames": 22},
    "unsupported_format": {"format": "psd"},
    "too_small": {"side": 41, "limit": 64},
    "blurred": {"value": 1.5, "limit": 30.0},
}


def told(code: str, language: str, model: str | None = None, **details: float | int | str) -> Answer:
    refusal = Refusal(code, "English for the log", details or DETAILS.get(code, {}), model)
    return describe(refusal, card(model) if model else None, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_has_a_text_of_its_own(language: str) -> None:
    answers = [told(code, language) for code in [*CODES, "unheard_of"]]
    assert len({answer.band for answer in answers}) == len(CODES) + 1
    assert len({answer.summary for answer in answers}) == len(CODES) + 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", [None, "melanoma", "pneumonia"])
@pytest.mark.parametrize("code", CODES)
def test_every_refusal_says_what_is_wrong_and_what_to_do(code: str, model: str | None, language: str) -> None:
    for answer in (told(code, language, model), told(code, language, model, stray="x")):
        text = answer.text()
        assert utf16_length(text) <= CAPTION_LIMIT
        assert text.startswith(answer.band)
        for part in (answer.summary, answer.next_step, answer.limits):
            assert part
            assert part in text
        assert not re.search(r"[{}]|None", text)
        assert "English for the log" not in text
        assert answer.verdict is None
        assert answer.findings == ()
        assert bool(re.search("[а-яё]", text)) is (language == "ru")


@pytest.mark.parametrize(
    ("code", "english", "russian"),
    [
        ("file_too_large", "25.3 megabytes; the limit: 20 megabytes", "25,3 мегабайта; предел: 20 мегабайт"),
        ("too_many_pixels", "100 megapixels; the limit: 50 megapixels", "100 мегапикселей; предел: 50 мегапикселей"),
        ("too_slow", "10 seconds", "10 секунд"),
        ("too_small", "41 pixels; at least needed: 64 pixels", "41 пиксель; нужно не меньше: 64 пикселя"),
        ("unsupported_format", "PSD", "PSD"),
    ],
)
def test_figures_are_filled_in(code: str, english: str, russian: str) -> None:
    assert english in told(code, "en").summary
    assert russian in told(code, "ru").summary


@pytest.mark.parametrize(
    ("frames", "russian"),
    [
        (2, "2 изображения"),
        (5, "5 изображений"),
        (11, "11 изображений"),
        (21, "21 изображение"),
        (22, "22 изображения"),
    ],
)
def test_frames_are_counted_in_the_right_plural(frames: int, russian: str) -> None:
    assert russian in told("several_frames", "ru", frames=frames).summary
    assert f"{frames} pictures" in told("several_frames", "en", frames=frames).summary


def test_a_missing_figure_leaves_its_sentence_out() -> None:
    assert told("file_too_large", "en", limit=20.0).summary == "It holds more than can be taken in."


def test_a_colourless_picture_points_to_the_xray_model_without_a_channels_command() -> None:
    answer = told("colourless", "en", "melanoma")
    assert "chest X-ray model" in answer.next_step
    assert "/" not in answer.text()
    assert answer.hint is Hint.ASK_PNEUMONIA


@pytest.mark.parametrize(
    ("model", "hint", "mentions"),
    [
        ("melanoma", Hint.ASK_PNEUMONIA, "close-up of one spot"),
        ("pneumonia", Hint.ASK_MELANOMA, "whole chest X-ray"),
        (None, None, "the model is meant for"),
    ],
)
def test_an_unlike_picture_is_advised_by_its_model(model: str | None, hint: Hint | None, mentions: str) -> None:
    answer = told(RefusalCode.UNLIKE_TRAINING, "en", model)
    assert answer.hint is hint
    assert mentions in answer.next_step


def test_retaking_depends_on_what_is_photographed() -> None:
    for code in ("blurred", "too_dark", "too_bright"):
        assert len({told(code, "en", model).next_step for model in (None, "melanoma", "pneumonia")}) == 3
    assert told("blurred", "en").hint is None


def test_an_unknown_reason_is_named_and_kept_short() -> None:
    answer = told("strange" * 400, "en")
    assert "strange" in answer.summary
    assert utf16_length(answer.text()) < 500


def test_a_refusal_does_not_pass_for_an_all_clear() -> None:
    assert "says nothing about your health" in told("blurred", "en").text()
    assert "о вашем здоровье это ничего не говорит" in told("blurred", "ru").text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_that_are_no_pictures_at_all_are_called_what_they_are(language: str) -> None:
    kinds = [("pdf",), ("mp4", "mov", "webm"), ("mp3",), ("zip", "rar", "7z"), ("doc", "office"), ("html",), ("psd",)]
    bands = [{told("unsupported_format", language, format=name).band for name in names} for names in kinds]
    assert [len(band) for band in bands] == [1] * len(kinds)
    assert len(set().union(*bands)) == len(kinds)
    for names in kinds:
        answer = told("unsupported_format", language, "melanoma", format=names[0])
        assert utf16_length(answer.text()) <= CAPTION_LIMIT
        assert bool(re.search("[а-яё]", answer.text())) is (language == "ru")
        assert answer.limits in answer.text()


def test_an_archive_is_named_with_its_format_and_how_to_get_at_the_picture() -> None:
    answer = told("unsupported_format", "en", format="rar")
    assert answer.summary.endswith("The format: RAR.")
    assert "Unpack it" in answer.next_step
