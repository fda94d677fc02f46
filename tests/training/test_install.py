"""A trained model replaces the served one only when everything about it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.catalog import Catalog
from models.engines.base import EngineOptions
from models.engines.choice import EngineSetting, choose
from models.ensemble import Ensemble
from models.golden import GOLDEN, write_golden
from tests.tiny_models import TinyNetwork, write_tiny_model
from training.data import DataError
from training.install import install


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    card = write_tiny_model(tmp_path / "trained", networks=[TinyNetwork(gain=0.5)], version="0.2.0")
    networks = Catalog.load(tmp_path / "trained").networks("melanoma")
    model = Ensemble(networks, choose(EngineSetting.OPENVINO), EngineOptions(threads=1))
    write_golden(tmp_path / "trained" / "melanoma", card, model)
    model.close()
    return tmp_path / "trained"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path / "served")
    return tmp_path / "served"


def test_a_sound_model_is_served(trained: Path, served: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install("melanoma", trained, served)
    card = Catalog.load(served).card("melanoma")
    assert (card.version, card.weights_hash) == ("0.2.0", Catalog.load(trained).card("melanoma").weights_hash)
    assert "openvino golden: ok" in capsys.readouterr().out
    assert (served / "melanoma" / GOLDEN).is_file()


@pytest.mark.parametrize("fault", ["weights", "golden", "golden missing", "no such model", "no folder"])
def test_what_does_not_hold_leaves_the_served_model_as_it_is(trained: Path, served: Path, fault: str) -> None:
    folder, name = trained / "melanoma", "melanoma"
    if fault == "weights":
        (folder / "model0.onnx").write_bytes((folder / "model0.onnx").read_bytes() + b"x")
    elif fault == "golden":
        golden = json.loads((folder / GOLDEN).read_text())
        (folder / GOLDEN).write_text(json.dumps(golden).replace("0.2", "0.7", 1))
    elif fault == "golden missing":
        (folder / GOLDEN).unlink()
    elif fault == "no such model":
        name = "moles"
    else:
        trained = trained / "nowhere"
    with pytest.raises(DataError):
        install(name, trained, served)
    assert Catalog.load(served).card("melanoma").version == "0.1.0"
