"""Figures in the card, and the model's folder replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.catalog import Catalog
from tests.tiny_models import TinyNetwork, write_tiny_model
from training.export.card_writer import CARD_FIGURES, card_figures, place, stage, weights_file


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


def _report(codes: tuple[str, ...], **more: object) -> dict[str, Any]:
    names = [*CARD_FIGURES, "brier_multiclass"]
    if len(codes) == 2:
        names.remove("macro_auc")
    return {
        "figures": {name: _figure(0.9) for name in names},
        "fold": "test",
        "pictures": dict.fromkeys(codes, 10),
        "command": "python -m training.evaluate",
        **more,
    }


def _members(*names: str) -> list[dict[str, Any]]:
    figures = {name: _figure(0.85) for name in ("auc", "macro_auc", "balanced_accuracy_argmax", "macro_f1")}
    return [{"architecture": name, "path": f"{name}.onnx", "figures": figures} for name in names]


def test_a_card_of_two_classes_says_nothing_of_means_over_classes() -> None:
    names = [figure.name for figure in card_figures(_report(("benign", "malignant")))]
    assert names[0] == "ROC AUC"
    assert "accuracy (most probable class)" in names
    assert not [name for name in names if "macro" in name or name.startswith("balanced accuracy (most")]


def test_a_card_of_many_classes_has_means_over_them_and_each_members_figures() -> None:
    report = _report(("mel", "nv", "bkl"), members=_members("densenet161", "convnext_tiny"))
    names = [figure.name for figure in card_figures(report)]
    assert names[:4] == [
        "ROC AUC",
        "macro ROC AUC (each class against the rest)",
        "balanced accuracy (most probable class)",
        "macro F1 (most probable class)",
    ]
    assert names[-3:] == [
        "ROC AUC of convnext_tiny alone",
        "macro ROC AUC (each class against the rest) of convnext_tiny alone",
        "balanced accuracy (most probable class) of convnext_tiny alone",
    ]
    assert len(names) == len(set(names)) == len(CARD_FIGURES) + 6
    assert [figure.name for figure in card_figures(report, ("auc",))] == ["ROC AUC"]


def test_a_card_names_the_worst_simulated_shift() -> None:
    worst = {"sensitivity": {"shift": "darker"} | _figure(0.81), "specificity": {"shift": "blurred"} | _figure(None)}
    last = card_figures(_report(("normal", "pneumonia"), worst_shift=worst))[-1]
    assert last.name == "sensitivity (not called unsuspicious) under the worst simulated shift: darker"
    assert last.value == 0.81


def test_a_staged_model_replaces_the_served_one_whole(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    write_tiny_model(weights, "pneumonia", version="0.1.0")
    card = write_tiny_model(tmp_path / "made", "pneumonia", version="0.2.0", networks=(TinyNetwork(), TinyNetwork(0.5)))
    exported = [tmp_path / "made" / "pneumonia" / f"model{number}.onnx" for number in range(2)]
    entries = tuple(weights_file(path, "arithmetic") for path in exported)
    stage(tmp_path / "staged", card.model_copy(update={"files": entries}), exported)
    (tmp_path / "staged" / "golden.json").write_text("{}")
    assert place(tmp_path / "staged", weights) == weights / "pneumonia"
    names = {path.name for path in (weights / "pneumonia").iterdir()}
    assert names == {f"arithmetic-{entry.sha256[:8]}.onnx" for entry in entries} | {"card.json", "golden.json"}
    catalog = Catalog.load(weights)
    assert catalog.card("pneumonia").version == "0.2.0"
    assert [network.sha256 for network in catalog.networks("pneumonia")] == [entry.sha256 for entry in entries]


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
