"""Golden outputs and the checks of a model at hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from models import Catalog, UnknownModel
from models.engines import choice
from models.engines.base import EngineOptions
from models.engines.choice import choose
from models.ensemble import Ensemble
from models.golden import golden_images, write_golden
from models.verification import Outcome, verify
from tests.tiny_models import TinyNetwork, write_tiny_model

ONE_THREAD = EngineOptions(threads=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A weights folder with one model and its golden outputs."""
    card = write_tiny_model(tmp_path, "melanoma", networks=(TinyNetwork(), TinyNetwork(gain=0.5)))
    model = Ensemble(Catalog.load(tmp_path).networks("melanoma"), choose("onnxruntime"), ONE_THREAD)
    write_golden(tmp_path / "melanoma", card, model)
    return tmp_path


def checks(folder: Path) -> dict[str, tuple[Outcome, str]]:
    found = verify(Catalog.load(folder), "melanoma", ONE_THREAD)
    return {check.subject: (check.outcome, check.text) for check in found}


def change_golden(folder: Path, key: str, change: float) -> None:
    path = folder / "melanoma" / "golden.json"
    golden = json.loads(path.read_text())
    golden[key] = (np.array(golden[key]) * (1 + change)).tolist()
    path.write_text(json.dumps(golden))


def test_golden_pictures_are_the_same_everywhere() -> None:
    images = golden_images(40, 56)
    assert images.shape == (4, 40, 56, 3)
    assert images.dtype == np.uint8
    digest = hashlib.sha256(images.tobytes()).hexdigest()
    assert digest == "d5324f7ed08facbf27ed4027829e9fb89d3cf1781e16ce09b98ab81829b59c68"


def test_a_sound_model_passes_on_every_engine(folder: Path) -> None:
    found = checks(folder)
    assert list(found) == [
        "hash",
        "openvino contract",
        "openvino golden",
        "onnxruntime contract",
        "onnxruntime golden",
    ]
    assert {outcome for outcome, _ in found.values()} == {Outcome.OK}


@pytest.mark.parametrize(
    ("key", "change", "text"),
    [
        ("probabilities", 0.01, "probabilities: difference 0.00"),
        ("heatmap", 0.02, "heatmap: difference 0.01"),
        ("novelty", 0.002, "novelty: relative difference 0.002, more than 0.001"),
    ],
)
def test_outputs_that_moved_are_noticed(folder: Path, key: str, change: float, text: str) -> None:
    change_golden(folder, key, change)
    found = checks(folder)
    for engine in ("openvino", "onnxruntime"):
        outcome, problem = found[f"{engine} golden"]
        assert outcome is Outcome.FAILED
        assert text in problem


@pytest.mark.parametrize(("key", "change"), [("probabilities", 0.0005), ("heatmap", 0.003), ("novelty", 0.0005)])
def test_rounding_is_borne(folder: Path, key: str, change: float) -> None:
    change_golden(folder, key, change)
    assert {outcome for outcome, _ in checks(folder).values()} == {Outcome.OK}


def test_missing_foreign_and_broken_golden_outputs_are_told_apart(folder: Path) -> None:
    path = folder / "melanoma" / "golden.json"
    golden = json.loads(path.read_text())
    for text, problem in (
        (json.dumps(golden | {"weights_hash": "0" * 64}), "those of other weights"),
        (json.dumps(golden | {"novelty": golden["novelty"][:2]}), "novelty: [4], golden [2]"),
        ("{}", "weights_hash: Field required"),
    ):
        path.write_text(text)
        outcome, found = checks(folder)["onnxruntime golden"]
        assert outcome is Outcome.FAILED
        assert problem in found
    path.unlink()
    assert "--write-golden melanoma makes it" in checks(folder)["onnxruntime golden"][1]


def test_changed_weights_fail_before_anything_is_loaded(folder: Path) -> None:
    path = folder / "melanoma" / "model1.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    found = checks(folder)
    assert list(found) == ["hash"]
    assert found["hash"][0] is Outcome.FAILED
    assert "model1.onnx" in found["hash"][1]


def test_a_network_that_breaks_the_contract_fails_on_every_engine(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "melanoma", networks=(TinyNetwork(gain=3.0),))
    found = checks(tmp_path)
    assert list(found) == ["hash", "openvino contract", "onnxruntime contract"]
    assert found["openvino contract"][0] is Outcome.FAILED
    assert "leave 0..1" in found["openvino contract"][1]


def test_an_engine_that_is_not_installed_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(reason: str) -> choice.Choice:
        raise choice.EngineUnavailable("the engine openvino is not installed: pip install openvino")

    monkeypatch.setattr(choice, "_openvino", refuse)
    found = checks(folder)
    assert found["openvino"] == (Outcome.SKIPPED, "the engine openvino is not installed: pip install openvino")
    assert found["onnxruntime golden"][0] is Outcome.OK


def test_an_unknown_model_is_named(folder: Path) -> None:
    with pytest.raises(UnknownModel, match="'skin'"):
        list(verify(Catalog.load(folder), "skin", ONE_THREAD))
