"""What bfloat16 changes is measured, and kept in the card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.card import Modality, ModelCard
from models.card_text import card_markdown
from models.catalog import CARD, Catalog
from models.engines.base import EngineOutput, Precision
from models.engines.openvino import computes_bf16
from tests.tiny_models import tiny_parity, write_tiny_model, write_tiny_router
from tests.training.commands import run
from tests.training.pictures import write_xrays
from training import precision
from training.data import LoadedPictures, Sample
from training.evaluation.report import Question
from training.evaluation.served import ServedModel


@pytest.fixture(scope="module")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_xrays(tmp_path_factory.mktemp("xrays"), patients=25)


@pytest.mark.skipif(not computes_bf16(), reason="this CPU has no bf16")
def test_the_record_of_both_folds_is_kept_in_a_patch_release(xrays: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    before = write_tiny_model(weights, "pneumonia", labels=("normal", "pneumonia"), positive=("pneumonia",))
    done = run(
        "precision", "model=pneumonia", f"data.root={xrays}", f"weights_dir={weights}",
        f"data.cache={tmp_path / 'cache'}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    card = Catalog.load(weights).card("pneumonia")
    assert (before.version, card.version) == ("0.1.0", "0.1.1")
    unchanged = card.model_dump(exclude={"version", "created", "parity"})
    assert unchanged == before.model_dump(exclude={"version", "created", "parity"})
    held_out, calibration = card.parity
    assert (held_out.fold, calibration.fold) == ("test", "calibration")
    assert held_out.precision is Precision.BF16
    assert held_out.weights_hash == card.weights_hash
    assert held_out.probability_mean <= held_out.probability_largest < 0.01
    assert "bf16" in held_out.engine
    assert "bf16" in held_out.processor
    root = "/".join(xrays.parts[-2:])
    assert held_out.command == f"python -m training.precision model=pneumonia data.root={root}"
    allows = "allows" if card.allows(Precision.BF16) else "does not allow"
    assert f"pneumonia 0.1.1 {allows} bf16" in done.stdout
    assert f"{held_out.pictures} pictures, probabilities within" in done.stdout


def test_a_model_that_is_not_there_is_said_in_a_line(xrays: Path, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "weights")
    done = run("precision", "model=skin", f"data.root={xrays}", f"weights_dir={tmp_path / 'weights'}")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


class Answers:
    """A model that gives what it is told to, instead of an engine."""

    precision = Precision.BF16

    def __init__(self, positive: list[float], novelty: list[float], heat: list[float]) -> None:
        self.engine = self
        self._output = EngineOutput(
            np.array([[1 - value, value] for value in positive], np.float32),
            np.array([np.full((2, 2), value) for value in heat], np.float32),
            np.array(novelty, np.float32),
        )

    def infer_each(self, images: np.ndarray) -> list[EngineOutput]:
        assert len(images) == len(self._output.novelty)
        return [self._output]

    def describe(self) -> str:
        return "told what to say"


def test_differences_are_those_of_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card's cuts are 0.3 and 0.7, its limit of novelty 0.9."""
    write_tiny_model(tmp_path)
    served = ServedModel.load(tmp_path, "melanoma", "openvino")
    samples = [Sample(tmp_path / str(row), row // 2, str(row)) for row in range(4)]
    pixels = np.zeros((4, 64, 64, 3), np.uint8)
    monkeypatch.setattr(precision, "load_pictures", lambda *_: LoadedPictures(samples, pixels, ()))
    wide = Answers([0.1, 0.31, 0.5, 0.9], [0.1, 0.1, 0.89, 0.5], [0.5, 0.5, 0.5, 0.5])
    narrow = Answers([0.12, 0.29, 0.5, 0.25], [0.1, 0.28, 0.91, 0.5], [0.5, 0.5, 0.75, 0.5])
    found = precision.parity(
        *(replace(served, ensemble=answers) for answers in (wide, narrow)),  # type: ignore[arg-type]
        Question(samples, "test", False, 0, "python -V"),
    )
    assert found.pictures == 4
    assert found.probability_largest == pytest.approx(0.65)
    assert found.probability_mean == pytest.approx(0.69 / 4, abs=1e-6)
    assert found.verdicts_changed == 0.5
    assert found.refusals_changed == 0.25
    assert (found.auc, found.auc_difference) == (0.75, -0.25)
    assert found.heatmap_largest == 0.25
    assert found.novelty_largest == pytest.approx(0.2, abs=1e-6)
    assert len(found.faults()) == 4


def test_of_the_router_a_change_of_kind_is_counted(tmp_path: Path) -> None:
    card = write_tiny_router(tmp_path)
    assert card.modality is Modality.ANY
    rows = np.array([[0.9, 0.05, 0.03, 0.02], [0.05, 0.9, 0.03, 0.02], [0.45, 0.45, 0.05, 0.05]], np.float32)
    output = EngineOutput(rows, np.zeros((3, 2, 2), np.float32), np.array([0.1, 5.0, 0.1], np.float32))
    assert precision._verdicts(card, output) == ["dermoscopy", "other", "other"]


def test_a_card_shows_its_record_and_reads_it_back(tmp_path: Path) -> None:
    card = write_tiny_model(tmp_path)
    assert "## Precision" not in card_markdown(card)
    records = tiny_parity(card), tiny_parity(card, fold="calibration", verdicts_changed=0.01)
    card.model_copy(update={"parity": records[:1]}).write(tmp_path / "melanoma" / CARD)
    card = ModelCard.read(tmp_path / "melanoma" / CARD)
    assert card.parity == records[:1]
    assert "computed in bf16 instead of f32. It may be used." in card_markdown(card)
    text = card_markdown(card.model_copy(update={"parity": records}))
    assert "It is not used." in text
    assert "the share of verdicts that change is 0.0100, more than 0.002" in text
