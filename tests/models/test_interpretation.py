"""From probabilities to findings, sets of labels and verdicts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from models.card import Conformal, ModelCard
from models.diagnosis import Verdict
from models.interpretation import findings_of, label_set_of, verdict_of
from tests.report.samples import card

CUTS = {"akiec": 0.2, "bcc": 0.2, "bkl": 0.2, "df": 0.1, "mel": 0.05, "nv": 0.3, "vasc": 0.2}


def skin(most: int = 3) -> ModelCard:
    return card("skin").model_copy(
        update={
            "conformal": Conformal(coverage=0.9, cuts=CUTS, most=most, chosen_on="made up"),
            "created": date(2026, 1, 1),
        }
    )


def read(**probabilities: float) -> tuple[tuple[str, ...] | None, Verdict]:
    found = skin()
    row = np.array([probabilities.get(code, 0.0) for code in found.codes])
    findings = findings_of(found, row)
    label_set = label_set_of(findings, found)
    return label_set, verdict_of(findings, found.thresholds, label_set)


def test_findings_are_all_labels_the_most_probable_first() -> None:
    findings = findings_of(card("melanoma"), np.array([0.2, 0.8]))
    assert [(finding.label, finding.probability) for finding in findings] == [("benign", 0.8), ("malignant", 0.2)]


def test_each_label_has_a_cut_of_its_own() -> None:
    assert read(nv=0.88, mel=0.06, bkl=0.06) == (("nv", "mel"), Verdict.UNSUSPICIOUS)
    assert read(nv=0.92, mel=0.04, bkl=0.04) == (("nv",), Verdict.UNSUSPICIOUS)


def test_the_most_probable_label_is_always_named() -> None:
    assert read(nv=0.28, bkl=0.19, vasc=0.19, akiec=0.17, bcc=0.17)[0] == ("nv",)


def test_too_many_labels_are_none_and_the_reading_is_unclear_unless_it_is_suspicious() -> None:
    assert read(nv=0.33, bkl=0.22, vasc=0.22, df=0.18, mel=0.05) == ((), Verdict.UNCLEAR)
    assert read(nv=0.3, bkl=0.2, mel=0.3, vasc=0.2) == ((), Verdict.SUSPICIOUS)


def test_a_card_without_cuts_names_no_set() -> None:
    plain = card("skin")
    findings = findings_of(plain, np.full(7, 1 / 7))
    assert label_set_of(findings, plain) is None


def test_a_card_has_a_cut_for_each_label() -> None:
    some = {code: cut for code, cut in CUTS.items() if code != "nv"}
    with pytest.raises(ValidationError, match="one cut for each label"):
        ModelCard.model_validate(
            card("skin").model_dump() | {"conformal": {"coverage": 0.9, "cuts": some, "chosen_on": "made up"}}
        )
