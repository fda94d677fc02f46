"""What the cards of our models say of their labels agrees with what persons are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from models.card import Modality, Risk
from models.catalog import Catalog
from models.settings import WEIGHTS
from report.advice import SUBJECTS
from report.findings import KNOWN_LABELS
from report.labels_dermnet import DERMNET

CARDS = Path(__file__).parents[2] / "training" / "conf" / "card"
NAMES = sorted(path.stem for path in CARDS.glob("*.yaml") if path.stem != "router")  # whose labels nobody is told


def labels(name: str) -> dict[str, Risk]:
    return {label.code: Risk(label.risk) for label in OmegaConf.load(CARDS / f"{name}.yaml").labels}


@pytest.mark.parametrize("name", NAMES)
def test_every_label_has_words_and_the_risk_that_they_speak_of(name: str) -> None:
    assert labels(name) == {code: KNOWN_LABELS[code] for code in labels(name)}


@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_is_about_every_label_of_high_risk(name: str) -> None:
    card = OmegaConf.load(CARDS / f"{name}.yaml")
    assert {code for code, risk in labels(name).items() if risk is Risk.HIGH} <= set(card.positive) <= set(labels(name))
    assert Modality(card.modality) in SUBJECTS
    assert card.limits
    assert all(isinstance(limit, str) for limit in card.limits)


def test_the_skin_models_have_the_labels_of_their_data() -> None:
    assert list(labels("ham10000")) == ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"]
    assert list(labels("dermnet")) == list(DERMNET)
    assert list(OmegaConf.load(CARDS / "ham10000.yaml").positive) == ["akiec", "bcc", "mel"]
    assert any("Dermnet may not be passed on" in limit for limit in OmegaConf.load(CARDS / "ham10000.yaml").limits)


@pytest.mark.skipif(not any(WEIGHTS.glob("[a-z]*/card.json")), reason="models/weights holds no models yet")
def test_the_shipped_cards_agree_too() -> None:
    catalog = Catalog.load(WEIGHTS)
    for name in catalog.names:
        for label in catalog.card(name).labels:
            assert label.risk is KNOWN_LABELS[label.code], label.code
