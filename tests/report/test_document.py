"""The content of a report, whatever it is shown as."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

from models.catalog import Catalog
from models.diagnosis import Verdict
from models.settings import WEIGHTS
from report import card_words
from report.document import Row, compose
from report.language import moment
from report.words import describe
from tests.report.reports import MODELS, SHIPPED, WHEN, card_of, reading, report
from tests.report.samples import DERMNET_SKIN
from tests.report.test_card_words import CARDS, NAMES

NBSP = "\N{NO-BREAK SPACE}"


def test_the_words_are_those_of_the_answer() -> None:
    made = reading("melanoma", "malignant", Verdict.SUSPICIOUS, 0.92)
    told = describe(made, card_of("melanoma"), "en")
    document = report("melanoma", "malignant", Verdict.SUSPICIOUS, "en", 0.92)
    assert f"🔺 {document.verdict_name}" == told.band
    assert (document.subject, document.summary) == (told.subject, told.summary)
    assert document.next_step.sentences == (told.next_step,)
    assert document.illustration.where == told.where
    assert document.findings == told.findings
    assert told.limits.endswith(document.disclaimer)


def test_date_request_and_model_are_named() -> None:
    made = reading("melanoma", "malignant", Verdict.SUSPICIOUS)
    document = report("melanoma", "malignant", Verdict.SUSPICIOUS, "en", request_id="7f3a")
    assert document.facts == (
        Row("Date (UTC)", moment(WHEN, "en")),
        Row("Request", "7f3a"),
        Row("Model", f"melanoma {made.version}"),
    )
    assert [row.value for row in document.model.rows][1:] == ["test", made.weights_hash]


def test_the_scale_shows_the_cuts_of_the_card_and_where_the_picture_lies() -> None:
    scale = report("skin", "mel", Verdict.UNCLEAR, "en", 0.4).scale
    cuts = card_of("skin").thresholds
    assert (scale.lower, scale.upper) == (cuts.unsuspicious_below, cuts.suspicious_from)
    assert scale.value == pytest.approx(0.4 + 2 * 0.1)
    assert scale.figure == "60.0%"
    assert scale.zones == ("Unsuspicious", "Unclear", "Suspicious")
    said = " ".join(scale.sentences)
    assert "melanoma, together 60.0%" in said
    assert f"Below {100 * cuts.unsuspicious_below:.1f}%" in said
    assert f"from {100 * cuts.suspicious_from:.1f}%" in said
    assert f"temperature scaling, {card_of('skin').calibration.temperature:.2f}" in said


def test_figures_are_the_cards_with_their_intervals_and_the_adults_among_them() -> None:
    figures = {(figure.name, figure.fold): figure for figure in card_of("pneumonia").figures}
    rows = {row.name: row for row in report("pneumonia", "normal", Verdict.UNSUSPICIOUS, "en").figures.rows}
    sensitivity = figures["sensitivity (not called unsuspicious)", "test"]
    assert rows["Sensitivity at the lower cut"] == Row(
        "Sensitivity at the lower cut",
        f"{100 * sensitivity.value:.1f}%",
        f"{100 * sensitivity.low:.1f}–{100 * sensitivity.high:.1f}%",
    )
    adults = figures["ROC AUC", "adults"]
    assert rows["ROC AUC on X-rays of adults"].value == f"{adults.value:.3f}"
    assert "ROC AUC (1: perfect, 0.5: chance)" in rows
    worst = rows["The same, simulated poor pictures, at worst"]
    assert float(worst.value.rstrip("%")) <= 100 * sensitivity.value


def test_figures_are_russian_in_russian() -> None:
    document = report("pneumonia", "normal", Verdict.UNSUSPICIOUS, "ru")
    assert all("," in row.value and "." not in row.value for row in document.figures.rows)
    assert document.figures.rows[1].value.endswith(f"{NBSP}%")


@pytest.mark.parametrize("model", SHIPPED)
def test_every_figure_that_is_shown_is_in_every_card_under_its_name(model: str) -> None:
    """A renamed figure would vanish from the reports without a word."""
    kinds = {"ROC AUC", "sensitivity (not called unsuspicious)", "specificity (called unsuspicious)", "ECE"}
    kinds |= {"sensitivity (called suspicious)", "specificity (not called suspicious)", "share called unclear"}
    shown = {row.name for row in report(model, card_of(model).codes[0], Verdict.UNCLEAR, "en").figures.rows}
    assert {card_words.FIGURES[name].name for name in kinds} <= shown
    assert card_words.SHIFTED["sensitivity (not called unsuspicious)"] in shown


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogues_know_what_our_cards_say(name: str) -> None:
    config = OmegaConf.load(CARDS / f"{name}.yaml")
    assert set(config.limits) <= card_words.KNOWN_TEXTS
    assert config.data_name in card_words.KNOWN_TEXTS or config.data_name.startswith("HAM10000")
    assert config.licence in card_words.KNOWN_TEXTS or config.licence.startswith("CC BY")


def test_the_shipped_cards_say_nothing_else() -> None:
    catalog = Catalog.load(WEIGHTS)
    for name in catalog.names:
        assert set(catalog.card(name).limits) <= card_words.KNOWN_TEXTS


@pytest.mark.parametrize("model", MODELS)
def test_limits_are_those_of_the_card_and_in_russian_russian(model: str) -> None:
    of = card_of(model)
    lead = of.codes[0]
    assert report(model, lead, Verdict.UNCLEAR, "en").limits.sentences == of.limits
    for sentence in report(model, lead, Verdict.UNCLEAR, "ru").limits.sentences:
        assert len(re.findall("[а-яё]", sentence)) > len(sentence) / 3, sentence


def test_of_many_classes_the_most_probable_and_the_named_are_shown_and_the_rest_summed_up() -> None:
    made = reading(DERMNET_SKIN, "Eczema Photos", Verdict.UNCLEAR, 0.5)
    positive = card_of(DERMNET_SKIN).thresholds.positive
    findings = [replace(f, probability=0.001) if f.label in positive else f for f in made.findings]
    made = replace(made, findings=tuple(sorted(findings, key=lambda finding: -finding.probability)))
    told, document = describe(made, card_of(DERMNET_SKIN), "en"), compose(made, card_of(DERMNET_SKIN), WHEN, "1", "en")
    codes = [finding.code for finding in document.findings]
    assert len(codes) == 7
    assert {finding.code for finding in told.findings} <= set(codes)
    assert codes[-1] in positive
    assert codes[:-1] == [finding.label for finding in made.findings[:6]]
    assert "16 more findings that the model knows, together: " in document.about_findings


def test_which_names_may_be_meant_is_said_of_these_alone() -> None:
    named = report("skin", "mel", Verdict.SUSPICIOUS, "en", 0.94)
    assert named.about_findings.startswith("May be meant: melanoma. In about 90% of pictures")
    assert "may be meant" not in named.summary.lower()
    too_many = report("skin", "mel", Verdict.UNCLEAR, "en", 0.16)
    assert too_many.about_findings.startswith("More than three names are possible")


def test_picture_and_overlay_are_of_one_size_and_without_metadata() -> None:
    made = reading("melanoma", "malignant", Verdict.SUSPICIOUS, size=(3000, 1200))
    plates = compose(made, card_of("melanoma"), WHEN, "1", "en").illustration.plates
    for data in (plates.picture, plates.overlay):
        with Image.open(BytesIO(data)) as image:
            assert image.size == (plates.width, plates.height) == (1000, 400)
            assert not image.getexif()
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    bare, painted = (np.asarray(Image.open(BytesIO(data)), int) for data in (plates.picture, plates.overlay))
    assert np.abs(bare - 128).max() <= 2
    assert np.abs(painted - bare).max() > 60


def test_a_card_of_many_long_limits_is_cut() -> None:
    wordy = card_of("melanoma").model_copy(update={"limits": ("word " * 200,) * 30})
    sentences = compose(reading("melanoma", "benign", Verdict.UNCLEAR), wordy, WHEN, "1", "en").limits.sentences
    assert len(sentences) == 8
    assert all(len(sentence) <= 260 and sentence.endswith("…") for sentence in sentences)


def test_without_figures_that_is_said() -> None:
    unmeasured = card_of("melanoma").model_copy(update={"figures": ()})
    document = compose(reading("melanoma", "benign", Verdict.UNCLEAR), unmeasured, WHEN, "1", "en")
    assert (document.figures.rows, document.figures.note) == ((), "None were measured.")
