"""Weights in 8 bits: what is rounded, what the file holds, and that engines compute the same and as they did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
import pytest
import torch
from onnx import TensorProto, numpy_helper
from torch import nn

from models.engines.base import EngineOptions, NetworkFile
from models.engines.choice import choose
from models.engines.onnxruntime import OnnxRuntimeEngine
from models.engines.openvino import _compile as compile_network
from tests.training.networks import Convolutions, save_onnx
from training.export.narrow import round_kernels, store_narrow, to_eight_bit, to_half_precision

SIZE = 32


def kernels(*shape: int, seed: int = 0) -> np.ndarray:
    """Weights whose channels differ a thousandfold in size."""
    generator = np.random.default_rng(seed)
    scales = 10.0 ** generator.uniform(-3, 0, (shape[0], *[1] * (len(shape) - 1)))
    return (generator.normal(size=shape) * scales).astype(np.float32)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One network of 8-bit weights in float32, and as it is stored."""
    network = Convolutions(9).eval()
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.weight.data = torch.from_numpy(to_eight_bit(module.weight.detach().numpy(), 0))
    network.head.weight.data = torch.from_numpy(to_half_precision(torch.randn(9, 128).numpy()))
    folder = tmp_path_factory.mktemp("narrow")
    found = {name: save_onnx(network, folder / f"{name}.onnx", SIZE) for name in ("whole", "narrow")}
    assert store_narrow(found["narrow"]) == 6
    return found


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_channel_keeps_its_largest_weight_and_255_steps(axis: int) -> None:
    weights = np.moveaxis(kernels(20, 8, 30), 0, axis)
    rounded = to_eight_bit(weights, axis)
    assert rounded.dtype == np.float32
    assert rounded.shape == weights.shape
    for before, after in zip(np.moveaxis(weights, axis, 0), np.moveaxis(rounded, axis, 0), strict=True):
        step = np.abs(before).max() / 127
        assert np.abs(after - before).max() <= 0.5001 * step
        assert np.abs(after).max() == pytest.approx(np.abs(before).max(), rel=1e-5)
        assert len(np.unique(np.round(after / step))) > 50


def test_what_is_rounded_already_stays() -> None:
    once = to_eight_bit(kernels(32, 64), 0)
    np.testing.assert_array_equal(to_eight_bit(once, 0), once)


def test_empty_and_vanishing_channels_become_zero() -> None:
    weights = kernels(3, 400)
    weights[0], weights[1] = 0, 1e-40
    rounded = to_eight_bit(weights, 0)
    assert not rounded[:2].any()
    assert rounded[2].any()


def test_numbers_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        to_eight_bit(np.float32([[1.0, np.inf]]), 0)
    with pytest.raises(ValueError, match="beyond float16's range"):
        to_half_precision(np.float32([70_000.0]))
    assert to_half_precision(np.float32([0.1])) == np.float32(np.float16(0.1))


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
def test_a_kernel_is_found_whichever_way_the_exporter_turned_it(axis: int, tmp_path: Path) -> None:
    weights = np.moveaxis(to_eight_bit(kernels(48, 16, 3, 3), 0), 0, axis)
    path = save(tmp_path / "kernel.onnx", weights)
    assert store_narrow(path) == 1
    assert path.stat().st_size < 0.3 * weights.nbytes
    model = onnx.load(path)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    assert stored["kernel_integers"].data_type == TensorProto.INT8
    assert list(stored["kernel_scale"].dims) == [48]
    np.testing.assert_array_equal(run(path), weights)


def test_other_weights_become_float16_or_stay(tmp_path: Path) -> None:
    for weights, kept, count in (
        (kernels(64, 64).astype(np.float16).astype(np.float32), TensorProto.FLOAT16, 1),
        (kernels(64, 64), TensorProto.FLOAT, 0),
        (kernels(8, 8).astype(np.float16).astype(np.float32), TensorProto.FLOAT, 0),
    ):
        path = save(tmp_path / "kernel.onnx", weights)
        assert store_narrow(path) == count
        assert onnx.load(path).graph.initializer[0].data_type == kept
        np.testing.assert_array_equal(run(path), weights)


def test_a_file_holds_each_kernel_in_8_bits_and_the_rest_as_it_was(files: dict[str, Path]) -> None:
    assert files["narrow"].stat().st_size < 0.4 * files["whole"].stat().st_size
    model = onnx.load(files["narrow"])
    large = [t for t in model.graph.initializer if np.prod(t.dims) >= 1024 and t.data_type != TensorProto.INT64]
    assert sorted(tensor.data_type for tensor in large) == [TensorProto.INT8] * 5 + [TensorProto.FLOAT16]


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_engines_compute_the_same_to_the_last_bit(name: str, files: dict[str, Path], pixels: np.ndarray) -> None:
    options = EngineOptions(threads=1)
    whole, narrow = (
        choose(name).open(NetworkFile.of(files[kind], SIZE, SIZE, 9), options).infer(pixels)
        for kind in ("whole", "narrow")
    )
    for first, second in (
        (whole.probabilities, narrow.probabilities), (whole.heatmap, narrow.heatmap), (whole.novelty, narrow.novelty)
    ):  # fmt: skip
        np.testing.assert_array_equal(first, second)


def test_onnx_runtime_widens_weights_when_it_loads_them(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = onnxruntime.InferenceSession
    kept = tmp_path / "loaded.onnx"

    def keep(model: str, options: onnxruntime.SessionOptions, **rest: object) -> object:
        options.optimized_model_filepath = str(kept)
        return real(model, options, **rest)

    monkeypatch.setattr("models.engines.onnxruntime.onnxruntime.InferenceSession", keep)
    OnnxRuntimeEngine(NetworkFile.of(files["narrow"], SIZE, SIZE, 9), EngineOptions(threads=1))
    loaded = onnx.load(kept)
    assert "DequantizeLinear" not in {node.op_type for node in loaded.graph.node}
    assert {t.data_type for t in loaded.graph.initializer} <= {TensorProto.FLOAT, TensorProto.INT64}


def test_openvino_widens_weights_when_it_loads_them(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []

    def keep(*arguments: Any) -> Any:
        compiled.append(compile_network(*arguments))
        return compiled[-1]

    monkeypatch.setattr("models.engines.openvino._compile", keep)
    choose("openvino").open(NetworkFile.of(files["narrow"], SIZE, SIZE, 9), EngineOptions(threads=1))
    types = {node.get_output_element_type(0).get_type_name() for node in compiled[0].get_runtime_model().get_ops()}
    assert "f32" in types
    assert not types & {"i8", "f16"}


@pytest.mark.parametrize("precision", [to_half_precision, lambda weights: to_eight_bit(weights, 0)])
def test_a_stored_file_is_widened_and_its_kernels_are_rounded(precision: Any, tmp_path: Path) -> None:
    network = Convolutions(9).eval()
    kernels_before = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data = torch.from_numpy(precision(module.weight.detach().numpy()))
            kernels_before[name] = module.weight.detach().numpy()
    path = save_onnx(network, tmp_path / "stored.onnx", SIZE)
    store_narrow(path)
    changed = round_kernels(path, tmp_path / "rounded.onnx")
    assert changed == (4 if precision is to_half_precision else 0)
    found = {t.name: numpy_helper.to_array(t) for t in onnx.load(tmp_path / "rounded.onnx").graph.initializer}
    for name, before in kernels_before.items():
        np.testing.assert_array_equal(found[f"{name}.weight"], to_eight_bit(before, 0))
    assert store_narrow(tmp_path / "rounded.onnx") >= 4


def save(path: Path, weights: np.ndarray) -> Path:
    """A network that gives ``kernel``, whatever it is asked."""
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["kernel"], ["y"])],
        "kernel",
        [],
        [onnx.helper.make_tensor_value_info("y", TensorProto.FLOAT, weights.shape)],
        [numpy_helper.from_array(np.ascontiguousarray(weights), "kernel")],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=10), path)
    return path


def run(path: Path) -> np.ndarray:
    (values,) = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {})
    return np.asarray(values)
