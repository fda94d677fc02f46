"""The Keras network as it is served against what it stands for; TensorFlow runs in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.engines.base import EngineOutput, NetworkFile, sha256_of
from training.export.parity import compare
from training.novelty import FeatureSpace

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("keras_gradcam.py")
TEMPERATURE = 1.7

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keras") / "served.onnx"


@pytest.fixture(scope="module")
def found(exported: Path) -> Arrays:
    out = exported.with_suffix(".npz")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(out)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as arrays:
        return dict(arrays)


def test_the_heat_map_is_grad_cam(found: Arrays) -> None:
    assert found["heatmap"].shape == found["tape"].shape == (12, 4, 4)
    assert (found["heatmap"].max(axis=(1, 2)) > 0).sum() >= 3
    assert len(set(found["logits"].argmax(axis=1))) == 2, "both classes are to be on top"
    np.testing.assert_allclose(found["heatmap"], found["tape"], atol=1e-4)


def test_dense_maps_hold_the_strided_ones_and_what_lies_between(found: Arrays) -> None:
    assert found["maps_coarse"].shape[1:3] == (2, 2)
    scale = np.abs(found["maps_coarse"]).max()
    np.testing.assert_allclose(found["maps_fine"][:, ::2, ::2], found["maps_coarse"], atol=1e-5 * scale)


def test_the_dense_network_answers_as_the_one_that_was_trained(found: Arrays) -> None:
    assert np.ptp(found["strided_answers"][:, 1]) > 1e-3
    np.testing.assert_allclose(found["dense_answers"], found["strided_answers"], atol=1e-5)


def test_imagenet_weights_are_given_what_they_expect(found: Arrays) -> None:
    scale = np.abs(found["documented"]).max()
    np.testing.assert_allclose(found["own"], found["documented"], atol=1e-5 * scale)


def test_what_is_frozen_does_not_learn(found: Arrays) -> None:
    head = {"head_bn_1", "head_dense", "head_bn_2", "head_logits"}
    assert set(found["learning_head"]) == head
    last = set(found["learning_last"]) - head
    assert last
    assert all(name.startswith("conv5_") for name in last)
    assert {"conv1_conv", "conv1_bn", "conv5_block3_3_bn"} <= set(found["learning_all"])


def test_probabilities_are_the_softmax_over_the_temperature(found: Arrays) -> None:
    scaled = np.exp(found["logits"] / TEMPERATURE)
    np.testing.assert_allclose(found["probabilities"], scaled / scaled.sum(axis=1, keepdims=True), atol=1e-5)


def test_novelty_is_the_distance_from_the_training_features(found: Arrays) -> None:
    space, features = FeatureSpace.fit(found["features"], 4), found["features"].astype(np.float64)
    along = (features - space.mean) @ space.axes
    left_over = features - space.mean - along @ space.axes.T
    squares = ((along / space.spread) ** 2).sum(axis=1) + ((left_over / space.noise) ** 2).sum(axis=1)
    np.testing.assert_allclose(found["novelty"], np.sqrt(squares / features.shape[1]), rtol=1e-3)


def test_folding_and_rounding_hardly_move_the_features(found: Arrays) -> None:
    scale = np.abs(found["features_unfolded"]).max()
    assert np.abs(found["features"] - found["features_unfolded"]).max() < 0.05 * scale


def test_the_file_is_a_quarter_of_the_size_and_both_engines_compute_the_same(found: Arrays, exported: Path) -> None:
    assert 23e6 < exported.stat().st_size < 26e6
    reference = EngineOutput(found["probabilities"], found["heatmap"], found["novelty"])
    differences = compare(NetworkFile(exported, sha256_of(exported), 64, 64, 2), found["pixels"], reference)
    assert [difference.engine for difference in differences] == ["openvino", "onnxruntime"]
    assert all(difference.within for difference in differences), differences


def test_the_kept_network_is_the_served_one(found: Arrays) -> None:
    np.testing.assert_allclose(found["probabilities_again"], found["probabilities"], atol=1e-6)
    np.testing.assert_allclose(found["novelty_again"], found["novelty"], rtol=1e-5)


def test_pytorch_stays_out_of_the_process(found: Arrays) -> None:
    assert not found["torch_was_imported"]
