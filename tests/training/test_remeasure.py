"""A served model's card is chosen and measured anew, and its weights stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.card import ModelCard
from models.catalog import CARD, Catalog
from models.diagnosis import Verdict
from models.engines.base import EngineOptions
from models.verification import Outcome, verify
from tests.tiny_models import allow_bf16, write_tiny_model
from tests.training.commands import run
from tests.training.pictures import write_xrays


@pytest.fixture(scope="module")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_xrays(tmp_path_factory.mktemp("xrays"), patients=25)


def test_limits_reference_and_figures_are_new_and_weights_and_cuts_are_not(xrays: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    before = write_tiny_model(weights, "pneumonia", labels=("normal", "pneumonia"), positive=("pneumonia",))
    allow_bf16(weights, "pneumonia")
    done = run(
        "remeasure", "model=pneumonia", f"data.root={xrays}", f"weights_dir={weights}", "resamples=50",
        f"data.cache={tmp_path / 'cache'}", f"run_dir={tmp_path / 'run'}",
        f"elsewhere=[{{name: again, root: {xrays}, classes: [NORMAL, PNEUMONIA]}}]",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    card = Catalog.load(weights).card("pneumonia")
    assert (before.version, card.version) == ("0.1.0", "0.1.1")
    assert (card.files, card.thresholds, card.calibration) == (before.files, before.thresholds, before.calibration)
    assert card.quality.min_brightness > 20 > before.quality.min_brightness
    assert (card.quality.max_border, card.quality.max_plainness) == (0.5, 0.5)
    assert card.novelty.quantile == 0.98
    assert card.novelty.threshold < before.novelty.threshold  # grey pictures have little of the blue that it measures
    assert {figure.fold for figure in card.figures} == {"test", "again"}
    assert any(figure.name == "ECE before calibration" for figure in card.figures)

    reference = card.reference
    assert reference is not None
    assert set(reference.verdicts) == set(Verdict)
    assert sum(reference.verdicts.values()) == pytest.approx(1, abs=1e-3)
    assert list(reference.novelty) == sorted(reference.novelty)
    assert card.conformal is None
    assert card.parity == ()  # it was of the thresholds as they were
    assert card.reliability is not None
    report = json.loads((tmp_path / "run" / "pneumonia" / "metrics.json").read_text())
    assert sum(found.pictures for found in card.reliability.after) == sum(report["pictures"].values())
    assert [found.model_dump() for found in card.reliability.after] == report["reliability"]["after"]
    failed = [check for check in verify(Catalog.load(weights), "pneumonia", EngineOptions())
              if check.outcome is Outcome.FAILED]  # fmt: skip
    assert failed == []


def test_a_model_that_is_not_there_is_said_in_a_line(xrays: Path, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "weights")
    done = run("remeasure", "model=skin", f"data.root={xrays}", f"weights_dir={tmp_path / 'weights'}")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert ModelCard.read(tmp_path / "weights" / "melanoma" / CARD).version == "0.1.0"
