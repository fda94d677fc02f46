"""Finding models, and noticing what is wrong with one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from models import Catalog, CatalogError, CorruptWeights, UnknownModel
from tests.tiny_models import SIDE, TinyNetwork, write_tiny_model, write_tiny_skin


def change_card(weights: Path, **changes: object) -> Path:
    path = weights / "melanoma" / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def test_finds_models_in_alphabetical_order(weights: Path) -> None:
    write_tiny_model(weights, "another")
    (weights / ".incoming").mkdir()
    (weights / ".incoming" / "card.json").write_text("half a ca")
    (weights / "notes").mkdir()
    catalog = Catalog.load(weights)
    assert catalog.names == ("another", "melanoma", "pneumonia")
    assert catalog.card("pneumonia").codes == ("normal", "pneumonia")


def test_an_unknown_name_names_the_known_ones(catalog: Catalog) -> None:
    with pytest.raises(UnknownModel, match="no model is called 'lungs'; known: melanoma, pneumonia"):
        catalog.card("lungs")


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="nowhere: no such folder"):
        Catalog.load(tmp_path / "nowhere")
    with pytest.raises(CatalogError, match="no models in it"):
        Catalog.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"version": "one"}, "version: String should match pattern"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"labels": [{"code": "a", "risk": "none"}] * 2}, "label codes must be unique"),
        (
            {"labels": [{"code": "benign", "risk": "high"}, {"code": "malignant", "risk": "high"}]},
            r"thresholds\.positive leaves out labels of high risk: \['benign'\]",
        ),
        (
            {
                "thresholds": {
                    "positive": ["malignant"],
                    "unsuspicious_below": 0.51,
                    "suspicious_from": 0.7,
                    "chosen_on": "-",
                    "rule": "-",
                }
            },
            r"thresholds\.unsuspicious_below: Input should be less than or equal to 0\.5",
        ),
        ({"name": "other"}, "the card of 'other' in the folder 'melanoma'"),
        ({"files": [{"path": "../x.onnx", "sha256": "0" * 64, "architecture": "a"}]}, r"files\.0\.path: String should"),
    ],
)
def test_a_wrong_card_is_named_with_what_is_wrong(weights: Path, changes: dict[str, object], text: str) -> None:
    change_card(weights, **changes)
    with pytest.raises(CatalogError, match=rf"melanoma/card\.json: .*{text}"):
        Catalog.load(weights)


def test_a_card_that_is_no_json_is_named(weights: Path) -> None:
    (weights / "melanoma" / "card.json").write_bytes(b"\xff{")
    with pytest.raises(CatalogError, match=r"melanoma/card\.json: Invalid JSON"):
        Catalog.load(weights)


def test_a_missing_weights_file_is_named(weights: Path) -> None:
    (weights / "melanoma" / "model0.onnx").unlink()
    with pytest.raises(CatalogError, match=r"model0\.onnx: no such file"):
        Catalog.load(weights)


def test_networks_carry_what_the_card_says(catalog: Catalog, weights: Path) -> None:
    (network,) = catalog.networks("melanoma")
    assert network.path == weights / "melanoma" / "model0.onnx"
    assert network.sha256 == hashlib.sha256(network.path.read_bytes()).hexdigest()
    assert (network.height, network.width, network.classes) == (SIDE, SIDE, 2)


def test_one_changed_byte_is_noticed(catalog: Catalog, weights: Path) -> None:
    path = weights / "melanoma" / "model0.onnx"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptWeights, match=r"model0\.onnx: its SHA-256 is .*, the card's is .*; it is not loaded"):
        catalog.networks("melanoma")


def test_weights_that_vanished_are_named(catalog: Catalog, weights: Path) -> None:
    (weights / "melanoma" / "model0.onnx").unlink()
    with pytest.raises(CatalogError, match=r"model0\.onnx: No such file"):
        catalog.networks("melanoma")


def test_every_file_of_an_ensemble_is_looked_for_and_hashed(tmp_path: Path) -> None:
    card = write_tiny_skin(tmp_path)
    catalog = Catalog.load(tmp_path)
    networks = catalog.networks("skin")
    assert [(network.path.name, network.sha256) for network in networks] == [(f.path, f.sha256) for f in card.files]
    assert {network.classes for network in networks} == {7}
    second = tmp_path / "skin" / "model1.onnx"
    second.write_bytes(second.read_bytes() + b"\0")
    with pytest.raises(CorruptWeights, match=r"model1\.onnx"):
        catalog.networks("skin")
    second.unlink()
    with pytest.raises(CatalogError, match=r"model1\.onnx: no such file"):
        Catalog.load(tmp_path)


def test_the_weights_hash_covers_every_file_of_an_ensemble(tmp_path: Path) -> None:
    one = write_tiny_model(tmp_path, "one")
    two = write_tiny_model(tmp_path, "two", networks=(TinyNetwork(), TinyNetwork(gain=0.5)))
    hashes = [file.sha256 for file in two.files]
    catalog = Catalog.load(tmp_path)
    assert catalog.weights_hash("one") == one.files[0].sha256 == hashes[0]
    assert catalog.weights_hash("two") == hashlib.sha256("".join(hashes).encode()).hexdigest()
