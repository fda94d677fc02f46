"""Several networks as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import Catalog, ContractViolation
from models.engines.base import Engine, EngineOptions, EngineOutput, NetworkFile
from models.engines.choice import choose
from models.ensemble import Ensemble, combine
from tests.tiny_models import SIDE, TinyNetwork, write_tiny_model


def output(probability: float, heatmap: np.ndarray, novelty: float) -> EngineOutput:
    probabilities = np.array([[1 - probability, probability]], np.float32)
    return EngineOutput(probabilities, heatmap[None].astype(np.float32), np.array([novelty], np.float32))


def test_probabilities_heat_maps_and_novelty_are_averaged() -> None:
    first = output(0.9, np.array([[1.0, 0.0], [0.0, 0.0]]), 3.0)
    second = output(0.3, np.array([[0.5, 0.5], [0.0, 1.0]]), 1.0)
    both = combine([first, second])
    assert both.probabilities == pytest.approx(np.array([[0.4, 0.6]]))
    assert both.heatmap == pytest.approx(np.array([[[0.75, 0.25], [0.0, 0.5]]]))
    assert both.novelty == pytest.approx(np.array([2.0]))
    assert both.probabilities.dtype == both.heatmap.dtype == both.novelty.dtype == np.float32


def test_a_coarse_heat_map_is_brought_to_the_finest_grid() -> None:
    coarse, fine = output(0.5, np.full((2, 2), 0.5), 0), output(0.5, np.eye(4), 0)
    assert combine([coarse, fine]).heatmap == pytest.approx((np.eye(4) / 2 + 0.25)[None])


def test_a_card_with_two_files_is_run_as_one_model(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "two", networks=(TinyNetwork(), TinyNetwork(gain=0.5, heat_side=4)))
    model = Ensemble(Catalog.load(tmp_path).networks("two"), choose("onnxruntime"), EngineOptions(threads=1))
    result = model.infer(np.full((3, SIDE, SIDE, 3), (204, 0, 128), np.uint8))
    assert result.probabilities[:, 1] == pytest.approx(np.full(3, 0.6), abs=1e-6)
    assert result.heatmap.shape == (3, 8, 8)
    each = model.infer_each(np.full((1, SIDE, SIDE, 3), (204, 0, 128), np.uint8))
    assert [float(alone.probabilities[0, 1]) for alone in each] == pytest.approx([0.8, 0.4])


def test_a_second_network_that_cannot_be_loaded_closes_the_first(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "two", networks=(TinyNetwork(), TinyNetwork(gain=3.0)))
    real, opened = choose("onnxruntime"), []

    def keep(network: NetworkFile, options: EngineOptions) -> Engine:
        opened.append(real.open(network, options))
        return opened[-1]

    with pytest.raises(ContractViolation, match=r"model1\.onnx: probabilities leave 0\.\.1"):
        Ensemble(Catalog.load(tmp_path).networks("two"), replace(real, open=keep), EngineOptions(threads=1))
    (first,) = opened
    with pytest.raises(RuntimeError, match="closed"):
        first.infer(np.zeros((1, SIDE, SIDE, 3), np.uint8))
