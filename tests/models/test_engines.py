"""What both engines compute, and what they will not load."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from models.engines.base import Engine, EngineOptions, NetworkFile
from models.engines.choice import choose
from models.errors import ContractViolation
from tests.tiny_models import SIDE, TinyNetwork, tiny_network

ENGINES = ("openvino", "onnxruntime")
ONE_THREAD = EngineOptions(threads=1)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def saved(model: onnx.ModelProto, folder: Path) -> NetworkFile:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return NetworkFile.of(path, SIDE, SIDE, 2)


def opened(name: str, network: NetworkFile, options: EngineOptions = ONE_THREAD) -> Engine:
    return choose(name).open(network, options)


def flat(*colours: tuple[int, int, int]) -> np.ndarray:
    return np.stack([np.full((SIDE, SIDE, 3), colour, np.uint8) for colour in colours])


def test_gives_the_probabilities_heat_map_and_novelty_of_each_picture(engine_name: str, tmp_path: Path) -> None:
    images = flat((204, 0, 0), (51, 0, 255))
    images[0, :8, :8] = 255  # the first cell of the heat map; 1/64 of the picture
    output = opened(engine_name, saved(tiny_network(), tmp_path)).infer(images)
    red = (204 * 63 + 255) / 64 / 255
    assert output.probabilities == pytest.approx(np.array([[1 - red, red], [0.8, 0.2]]), abs=1e-6)
    assert output.heatmap.shape == (2, 8, 8)
    assert output.heatmap[0, 0, 0] == pytest.approx(1.0, abs=1e-6)
    assert output.heatmap[0, 1:] == pytest.approx(np.full((7, 8), 204 / 3 / 255), abs=1e-6)
    assert output.novelty == pytest.approx(np.array([1 - 2 / 64, 1.0]), abs=1e-6)
    assert {array.dtype.name for array in (output.probabilities, output.heatmap, output.novelty)} == {"float32"}


def test_engines_agree_on_random_pictures(tmp_path: Path) -> None:
    network = saved(tiny_network(network=TinyNetwork(gain=0.7)), tmp_path)
    images = np.random.default_rng(7).integers(0, 256, (5, SIDE, SIDE, 3), np.uint8)
    first, second = (opened(name, network).infer(images) for name in ENGINES)
    assert first.probabilities == pytest.approx(second.probabilities, abs=1e-5)
    assert first.heatmap == pytest.approx(second.heatmap, abs=1e-5)
    assert first.novelty == pytest.approx(second.novelty, abs=1e-5)


def test_callers_in_several_threads_each_get_their_own_answer(engine_name: str, tmp_path: Path) -> None:
    engine = opened(engine_name, saved(tiny_network(), tmp_path))
    reds = range(0, 256, 8)
    with ThreadPoolExecutor(8) as threads:
        outputs = list(threads.map(lambda red: engine.infer(flat((red, 0, 0))), reds))
    assert [float(output.probabilities[0, 1]) for output in outputs] == pytest.approx([red / 255 for red in reds])


def test_wrong_images_are_the_callers_mistake(engine_name: str, tmp_path: Path) -> None:
    engine = opened(engine_name, saved(tiny_network(), tmp_path))
    for images in (np.zeros((1, SIDE, SIDE, 3), np.float32), np.zeros((1, 9, 9, 3), np.uint8), flat((0, 0, 0))[:0]):
        with pytest.raises(ValueError, match="images are"):
            engine.infer(images)


def test_a_closed_engine_says_so(engine_name: str, tmp_path: Path) -> None:
    engine = opened(engine_name, saved(tiny_network(), tmp_path))
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.infer(flat((0, 0, 0)))


def test_describes_itself_in_one_line(engine_name: str, tmp_path: Path) -> None:
    engine = opened(engine_name, saved(tiny_network(), tmp_path), EngineOptions(threads=3))
    assert engine.name == engine_name
    assert "f32" in engine.describe()
    assert "threads: 3" in engine.describe()


def renamed(model: onnx.ModelProto, old: str, new: str) -> None:
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.name = new if tensor.name == old else tensor.name
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]


def constant(model: onnx.ModelProto, name: str, value: object) -> None:
    (tensor,) = (tensor for tensor in model.graph.initializer if tensor.name == name)
    tensor.CopyFrom(numpy_helper.from_array(np.array(value, np.float32), name))


def without_novelty(model: onnx.ModelProto) -> None:
    del model.graph.output[2]


def takes_floats(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT


def gives_doubles(model: onnx.ModelProto) -> None:
    renamed(model, "novelty", "single")
    model.graph.node.append(helper.make_node("Cast", ["single"], ["novelty"], to=TensorProto.DOUBLE))
    model.graph.output[2].CopyFrom(helper.make_tensor_value_info("novelty", TensorProto.DOUBLE, ["N"]))


def one_at_a_time(model: onnx.ModelProto) -> None:
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_value = 1


def flat_heatmap(model: onnx.ModelProto) -> None:
    renamed(model, "heatmap", "square")
    model.graph.node.append(helper.make_node("Flatten", ["square"], ["heatmap"]))
    model.graph.output[1].CopyFrom(helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, ["N", 64]))


WRONG: dict[str, tuple[Callable[[onnx.ModelProto], None], str]] = {
    "input name": (lambda model: renamed(model, "image", "picture"), r"its inputs are picture, .* image"),
    "output name": (
        lambda model: renamed(model, "novelty", "distances"),
        r"its outputs are \w+, heatmap, probabilities, the",
    ),
    "output missing": (without_novelty, "its outputs are heatmap, probabilities, the contract's are"),
    "input type": (takes_floats, "image is float32, the contract's is uint8"),
    "output type": (gives_doubles, "novelty is .*, the contract's is float32"),
    "one at a time": (one_at_a_time, "1 pictures at a time|cannot load"),
    "heat map's rank": (flat_heatmap, r"heatmap is \[\?, 64\], the card says"),
    "not a number": (lambda model: constant(model, "half", np.nan), "novelty holds numbers that are not finite"),
    "sum": (lambda model: constant(model, "rest", [0.9, 0.0]), "probabilities do not sum to 1"),
    "range": (lambda model: constant(model, "slope", [[-3.0, 3.0]]), r"probabilities leave 0..1: -0.5\d*..1.5"),
}


@pytest.mark.parametrize(("change", "text"), WRONG.values(), ids=WRONG.keys())
def test_a_network_that_breaks_the_contract_is_not_loaded(
    engine_name: str, tmp_path: Path, change: Callable[[onnx.ModelProto], None], text: str
) -> None:
    model = tiny_network()
    change(model)
    with pytest.raises(ContractViolation, match=text):
        opened(engine_name, saved(model, tmp_path))


@pytest.mark.parametrize(
    ("expected", "text"),
    [((SIDE, 32, 2), r"image is \[\?, 64, 64, 3\], the card says \[\?, 64, 32, 3\]"), ((SIDE, SIDE, 3), r"\[\?, 3\]")],
)
def test_a_network_that_differs_from_its_card_is_not_loaded(
    engine_name: str, tmp_path: Path, expected: tuple[int, int, int], text: str
) -> None:
    path = saved(tiny_network(), tmp_path).path
    with pytest.raises(ContractViolation, match=text):
        opened(engine_name, NetworkFile.of(path, *expected))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 something else", b"\x3a\xff\xff\x03rest", b"\x08\x0a"])
def test_what_is_no_network_is_not_loaded(engine_name: str, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(ContractViolation, match=r"model\.onnx: "):
        opened(engine_name, NetworkFile.of(path, SIDE, SIDE, 2))


def test_a_network_that_keeps_its_weights_in_another_file_is_not_loaded(engine_name: str, tmp_path: Path) -> None:
    model = tiny_network()
    external_data_helper.convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    onnx.save_model(model, tmp_path / "model.onnx")
    assert (tmp_path / "weights.bin").exists()
    with pytest.raises(ContractViolation, match="keeps tensors in other files"):
        opened(engine_name, NetworkFile.of(tmp_path / "model.onnx", SIDE, SIDE, 2))


def test_a_compiled_network_is_kept_and_used_unless_its_bytes_changed(tmp_path: Path) -> None:
    network = saved(tiny_network(), tmp_path)
    options = EngineOptions(threads=1, cache=tmp_path / "cache")
    opened("openvino", network, options)
    (blob,) = (tmp_path / "cache").rglob("*.blob")
    kept = blob.stat().st_ino, blob.stat().st_mtime_ns
    opened("openvino", network, options)
    assert (blob.stat().st_ino, blob.stat().st_mtime_ns) == kept

    data = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    output = opened("openvino", network, options).infer(flat((51, 0, 0)))
    assert output.probabilities[0, 1] == pytest.approx(0.2)
    assert blob.read_bytes()[-1] == data[-1]


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    options = EngineOptions(threads=1, cache=tmp_path / "cache")
    output = opened("openvino", saved(tiny_network(), tmp_path), options).infer(flat((51, 0, 0)))
    assert output.probabilities[0, 1] == pytest.approx(0.2)
    assert "cannot be written" in caplog.text
