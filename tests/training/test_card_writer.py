"""Figures in the card, and the model's folder replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalog import Catalog
from tests.tiny_models import write_tiny_model
from training.export.card_writer import card_figures, place, stage, weights_file


def _figure(value: float | None) -> dict[str, float | None]:
    return {"value": value, "low": 0.8, "high": 0.95}


def test_the_card_takes_its_figures_from_the_report() -> None:
    report = {
        "figures": {"auc": _figure(0.912345), "ece": _figure(None)},
        "fold": "test",
        "pictures": {"normal": 40, "pneumonia": 60},
        "command": "python -m training.evaluate",
    }
    (figure,) = card_figures(report, ("auc", "ece"))
    assert (figure.name, figure.value, figure.low, figure.high) == ("ROC AUC", 0.9123, 0.8, 0.95)
    assert (figure.fold, figure.pictures, figure.command) == ("test", 100, "python -m training.evaluate")


def test_a_staged_model_replaces_the_served_one_whole(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    write_tiny_model(weights, "pneumonia", version="0.1.0")
    card = write_tiny_model(tmp_path / "made", "pneumonia", version="0.2.0")
    exported = tmp_path / "made" / "pneumonia" / "model0.onnx"
    entry = weights_file(exported, "arithmetic").model_copy(update={"path": "arithmetic-2.onnx"})
    stage(tmp_path / "staged", card.model_copy(update={"files": (entry,)}), exported)
    (tmp_path / "staged" / "golden.json").write_text("{}")
    assert place(tmp_path / "staged", weights) == weights / "pneumonia"
    names = sorted(path.name for path in (weights / "pneumonia").iterdir())
    assert names == ["arithmetic-2.onnx", "card.json", "golden.json"]
    catalog = Catalog.load(weights)
    assert catalog.card("pneumonia").version == "0.2.0"
    assert catalog.networks("pneumonia")[0].sha256 == entry.sha256


def test_a_place_that_fails_leaves_the_served_model(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    write_tiny_model(weights, "pneumonia", version="0.1.0")
    write_tiny_model(tmp_path / "staged", "pneumonia", version="0.2.0")
    (tmp_path / "staged" / "pneumonia" / "model0.onnx").unlink()
    with pytest.raises(FileNotFoundError):
        place(tmp_path / "staged" / "pneumonia", weights)
    catalog = Catalog.load(weights)
    assert catalog.card("pneumonia").version == "0.1.0"
    assert catalog.networks("pneumonia")
