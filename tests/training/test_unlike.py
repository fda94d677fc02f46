"""Measures of novelty are compared on the features of a served graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.card import Modality
from models.catalog import Catalog
from models.golden import golden_images
from models.settings import WEIGHTS
from tests.tiny_models import tiny_network, write_tiny_model
from tests.training.commands import run
from tests.training.pictures import write_xrays
from training.data import DataError
from training.unlike import Observer, Seen, _distances, _pooled


def seen(features: np.ndarray) -> Seen:
    return Seen(features, np.full((len(features), 2), 0.5), np.linalg.norm(features, axis=1))


def test_every_measure_but_confidence_tells_what_lies_far_off() -> None:
    """The features vary in five directions; the others leave that plane."""
    random = np.random.default_rng(0)
    plane = random.normal(size=(5, 200))
    own, new = random.normal(size=(400, 5)) @ plane, random.normal(size=(50, 5)) @ plane
    others = random.normal(size=(50, 5)) @ plane + random.normal(0, 5, (50, 200))
    noise = random.normal(0, 0.05, (500, 200))
    found = _distances(seen(own + noise[:400]), seen(new + noise[400:450]), seen(others + noise[450:]))
    assert len(found) == 6
    for name, distances in found.items():
        assert distances.shape == (100,)
        if name.startswith(("distance from", "Mahalanobis", "10th")):
            assert np.median(distances[50:]) > np.quantile(distances[:50], 0.95), name


@pytest.mark.parametrize("path", sorted(WEIGHTS.rglob("*.onnx")), ids=lambda path: path.parent.name)
def test_the_features_of_a_shipped_graph_are_what_its_classifier_sees(path: Path) -> None:
    card = Catalog.load(WEIGHTS).card(path.parent.name)
    pixels = golden_images(card.input.height, card.input.width)
    found = Observer(path)(pixels)
    assert found.features.shape[0] == len(pixels)
    assert found.features.shape[1] >= 512
    assert found.features.std() > 0.01
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_a_graph_without_pooled_features_is_refused() -> None:
    with pytest.raises(DataError, match="pooled features"):
        _pooled(tiny_network().graph)


def test_the_command_needs_pictures_and_a_model(tmp_path: Path) -> None:
    xrays = write_xrays(tmp_path / "xrays", patients=12)
    write_tiny_model(tmp_path / "weights", "pneumonia", labels=("normal", "pneumonia"), positive=("pneumonia",),
                     modality=Modality.CHEST_XRAY)  # fmt: skip
    (tmp_path / "others").mkdir()
    said = {}
    for model in ("pneumonia", "melanoma"):
        done = run(
            "unlike", f"model={model}", f"data.root={xrays}", f"others={tmp_path / 'others'}",
            f"weights_dir={tmp_path / 'weights'}", f"data.cache={tmp_path / 'cache'}",
        )  # fmt: skip
        said[model] = (done.returncode, done.stderr)
    assert said["pneumonia"] == (2, f"error: others={tmp_path / 'others'}: no pictures there.\n")
    assert said["melanoma"][0] == 2
    assert "no such model" in said["melanoma"][1]
