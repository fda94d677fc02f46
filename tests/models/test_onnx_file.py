"""What a weights file may be made of, told before an engine sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.engines import contract, onnx_file, permitted
from models.engines.base import NetworkFile, TensorSpec
from models.engines.contract import check_file
from models.engines.onnx_file import StoredTensor, read_onnx
from models.engines.permitted import OPERATORS, check_permitted
from models.engines.protobuf import Reader, signed
from models.errors import ContractViolation
from tests.tiny_models import SIDE, tiny_network, tiny_router_network

WEIGHTS = sorted((Path(__file__).parents[2] / "models" / "weights").glob("*/*.onnx"))
SHIPPED = pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.parent.name)


def saved(model: onnx.ModelProto, folder: Path) -> NetworkFile:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return NetworkFile.of(path, SIDE, SIDE, 2)


@SHIPPED
def test_the_shipped_networks_are_read_as_the_onnx_package_reads_them(path: Path) -> None:
    found, model = read_onnx(path), onnx.load(path)
    assert found.operators.total() == len(model.graph.node)
    assert {name for _, name in found.operators} == {node.op_type for node in model.graph.node}
    assert found.opsets == {entry.domain: entry.version for entry in model.opset_import}
    stored = {tensor.name: tensor for tensor in found.tensors}
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        assert stored[tensor.name] == StoredTensor(
            tensor.name, array.dtype.name, array.shape, array.nbytes if tensor.HasField("raw_data") else None, 0, False
        )
    assert list(found.outputs) == [output.name for output in model.graph.output]
    check_permitted(found)


@SHIPPED
def test_a_shipped_network_is_checked_in_milliseconds_of_computing(path: Path) -> None:
    times = []
    for _ in range(5):
        start = time.thread_time()
        check_permitted(read_onnx(path))
        times.append(time.thread_time() - start)
    assert min(times) < 0.02


def test_no_operator_is_permitted_that_holds_a_graph_or_a_sequence_or_draws_numbers() -> None:
    assert {"If", "Loop", "Scan", "SequenceMap", "RandomNormal", "StringConcat", "ConstantOfShape"}.isdisjoint(
        OPERATORS
    )
    for name in OPERATORS:
        schema = onnx.defs.get_schema(name, permitted.OPSETS[-1])
        kinds = {attribute.type for attribute in schema.attributes.values()}
        assert kinds.isdisjoint({onnx.defs.OpSchema.AttrType.GRAPH, onnx.defs.OpSchema.AttrType.GRAPHS}), name


def test_the_tiny_networks_are_permitted(tmp_path: Path) -> None:
    check_file(saved(tiny_network(), tmp_path))
    check_permitted(read_onnx(saved(tiny_router_network(), tmp_path).path))


def test_inputs_and_outputs_are_read_with_their_open_dimensions(tmp_path: Path) -> None:
    found = read_onnx(saved(tiny_network(), tmp_path).path)
    assert found.inputs == {"image": TensorSpec("uint8", [None, SIDE, SIDE, 3])}
    assert found.outputs == {
        "probabilities": TensorSpec("float32", [None, 2]),
        "heatmap": TensorSpec("float32", [None, 8, 8]),
        "novelty": TensorSpec("float32", [None]),
    }


def _tensor(model: onnx.ModelProto, name: str) -> TensorProto:
    (tensor,) = (tensor for tensor in model.graph.initializer if tensor.name == name)
    return tensor


def outside_tensor(model: onnx.ModelProto) -> None:
    tensor = _tensor(model, "slope")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def outside_tensor_in_an_attribute(model: onnx.ModelProto) -> None:
    tensor = TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    model.graph.node.append(helper.make_node("Constant", [], ["unused"], value=tensor))


def custom_operator(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Relu", ["mean"], ["unused"], domain="com.example"))
    model.opset_import.append(helper.make_opsetid("com.example", 1))


def unused_operator(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("StringSplit", ["mean"], ["unused"]))


def branch(operator: str, attribute: str) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        graph = helper.make_graph([], "inside", [], [])
        model.graph.node.append(helper.make_node(operator, ["mean"], ["unused"], **{attribute: graph}))

    return change


def function(model: onnx.ModelProto) -> None:
    model.functions.append(helper.make_function("", "Relu", ["x"], ["y"], [], [helper.make_opsetid("", 17)]))


def huge_tensor(model: onnx.ModelProto) -> None:
    del _tensor(model, "slope").dims[:]
    _tensor(model, "slope").dims.extend([1 << 40, 1 << 20])


def huge_typed_tensor(model: onnx.ModelProto) -> None:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [2], [1.0, 2.0])
    tensor.dims[0] = 1 << 40
    model.graph.initializer.append(tensor)


def negative_tensor(model: onnx.ModelProto) -> None:
    del _tensor(model, "slope").dims[:]
    _tensor(model, "slope").dims.extend([-1, -2])


def texts(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("t", TensorProto.STRING, [1], [b"text"]))


def old_operators(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 9


def no_version(model: onnx.ModelProto) -> None:
    del model.opset_import[:]


def many_nodes(model: onnx.ModelProto) -> None:
    model.graph.node.extend([helper.make_node("Relu", ["mean"], [f"r{number}"]) for number in range(5_001)])


def many_parts(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Concat", ["mean"] * onnx_file.MAX_FIELDS, ["unused"], axis=0))


CHANGES: dict[str, tuple[Callable[[onnx.ModelProto], None], str]] = {
    "external data": (outside_tensor, "keeps tensors in other files, which its hash does not cover; it is not loaded"),
    "external data of an attribute": (outside_tensor_in_an_attribute, "keeps tensors in other files"),
    "an operator of another domain": (custom_operator, r"operators that no network of ours does: com\.example\.Relu"),
    "an operator nobody needs": (unused_operator, r"operators that no network of ours does: ai\.onnx\.StringSplit"),
    "Loop": (branch("Loop", "body"), "it has graphs inside a node in it"),
    "If": (branch("If", "then_branch"), "it has graphs inside a node in it"),
    "Scan": (branch("Scan", "body"), "it has graphs inside a node in it"),
    "a graph in a harmless node": (branch("Relu", "body"), "it has graphs inside a node in it"),
    "a function": (function, "it has functions in it"),
    "training": (lambda model: model.training_info.add(), "it has steps of training in it"),
    "sparse tensors": (lambda model: model.graph.sparse_initializer.add(), "it has sparse tensors in it"),
    "a huge tensor": (huge_tensor, r"'slope' is declared as \[1099511627776, 1048576\], which its bytes are not"),
    "a huge tensor of typed data": (huge_typed_tensor, r"'t' is declared as \[1099511627776\]"),
    "a negative length": (negative_tensor, "'slope' has a negative length"),
    "a tensor of texts": (texts, "the tensor 't' is of str"),
    "old operators": (old_operators, "its operators are of version 9, not 17 to 18"),
    "operators of no version": (no_version, "its operators are of version none"),
    "many nodes": (many_nodes, "it has 5016 nodes, more than 5000"),
    "many parts": (many_parts, "it is made of too many parts"),
}


@pytest.mark.parametrize(("change", "text"), CHANGES.values(), ids=CHANGES.keys())
def test_what_no_network_of_ours_has_is_refused_with_the_files_name(
    tmp_path: Path, change: Callable[[onnx.ModelProto], None], text: str
) -> None:
    model = tiny_network()
    change(model)
    with pytest.raises(ContractViolation, match=rf"model\.onnx: .*{text}"):
        check_file(saved(model, tmp_path))


def renamed_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "picture"


def second_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))


def input_of_floats(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT


def sequence_for_an_output(model: onnx.ModelProto) -> None:
    model.graph.output[2].CopyFrom(helper.make_tensor_sequence_value_info("novelty", TensorProto.FLOAT, ["N"]))


def other_side(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 32


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (renamed_input, "its inputs are picture, the contract's are image"),
        (second_input, "its inputs are image, more, the contract's are image"),
        (input_of_floats, "image is float32, the contract's is uint8"),
        (sequence_for_an_output, "novelty is no tensor, the contract's is float32"),
        (other_side, r"image is \[\?, 32, 64, 3\], the card says \[\?, 64, 64, 3\]"),
    ],
)
def test_inputs_and_outputs_that_are_not_the_contracts_are_told_before_loading(
    tmp_path: Path, change: Callable[[onnx.ModelProto], None], text: str
) -> None:
    model = tiny_network()
    change(model)
    with pytest.raises(ContractViolation, match=text):
        check_file(saved(model, tmp_path))


def test_weights_listed_among_the_inputs_are_no_inputs(tmp_path: Path) -> None:
    model = tiny_network()
    model.graph.input.append(helper.make_tensor_value_info("slope", TensorProto.FLOAT, [1, 2]))
    check_file(saved(model, tmp_path))


def test_an_output_of_unknown_shape_is_left_to_the_engine(tmp_path: Path) -> None:
    model = tiny_network()
    model.graph.output[1].type.tensor_type.ClearField("shape")
    check_file(saved(model, tmp_path))


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    data = tiny_network().SerializeToString()
    path = tmp_path / "model.onnx"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(ContractViolation, match=r"model\.onnx: "):
            check_file(NetworkFile(path, "", SIDE, SIDE, 2))


def test_changed_bytes_give_a_network_or_a_contract_violation_and_nothing_else(tmp_path: Path) -> None:
    data = np.frombuffer(tiny_network().SerializeToString(), np.uint8)
    random = np.random.default_rng(11)
    path = tmp_path / "model.onnx"
    refused = 0
    for _ in range(300):
        changed = data.copy()
        changed[random.integers(0, len(data), 3)] = random.integers(0, 256, 3)
        path.write_bytes(changed.tobytes())
        try:
            check_file(NetworkFile(path, "", SIDE, SIDE, 2))
        except ContractViolation:
            refused += 1
    assert refused > 100


def test_a_file_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "MAX_BYTES", 1 << 20)
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate((1 << 20) + 1)
    with pytest.raises(ContractViolation, match=r"model\.onnx: larger than 1 MB"):
        check_file(NetworkFile(path, "", SIDE, SIDE, 2))


def test_integers_are_read_singly_and_packed_and_with_their_sign() -> None:
    reader = Reader(100)
    packed = memoryview(b"\x0a\x04\x01\xac\x02\x00")  # field 1: 1, 300, 0
    assert [list(reader.integers(value)) for _, value in reader.fields(packed)] == [[1, 300, 0]]
    assert signed((1 << 64) - 1) == -1
    assert [list(reader.integers(value)) for _, value in reader.fields(memoryview(b"\x08\x96\x01"))] == [[150]]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x0a\x05abc", "cut short"),
        (b"\x08" + b"\xff" * 11, "not a protocol buffer"),
        (b"\x0b", "not a protocol buffer"),  # groups are of before 2008
        (b"\x09\x00\x00", "cut short"),
        (b"\x08\x01" * 101, "too many parts"),
    ],
)
def test_what_is_no_protocol_buffer_is_told(data: bytes, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        list(Reader(100).fields(memoryview(data)))
