"""Reads what an ONNX file is made of, without the ``onnx`` package and without reading its tensors' numbers.

An ONNX file is a protocol buffer of the messages in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; the field
numbers below are from there. Where a field that may come once comes twice, the later one counts or both are joined, as
for every reader of protocol buffers.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from models.engines.base import TensorSpec
from models.engines.protobuf import Reader, Value, text

MAX_FIELDS = 250_000
"""Of the shipped networks none has more than a tenth of it."""
_GRAPH, _OPSET, _TRAINING, _FUNCTION = 7, 8, 20, 25  # of a ModelProto
_NODE, _TENSOR, _INPUT, _OUTPUT, _SPARSE = 1, 5, 11, 12, 15  # of a GraphProto
_OPERATOR, _ATTRIBUTE, _DOMAIN = 4, 5, 7  # of a NodeProto
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)  # of an AttributeProto
_DIMS, _DATA_TYPE, _TENSOR_NAME, _RAW, _EXTERNAL_DATA, _LOCATION = 1, 2, 8, 9, 13, 14  # of a TensorProto
_TYPED_DATA = (4, 5, 6, 7, 10, 11)
_ELSEWHERE = 1
# TensorProto.DataType by numpy's names.
DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "str", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of numbers: what it says it is, and how many bytes stand for it in the file: ``raw`` ones, or ``typed``
    in a field of its type (at least one byte a number). ``elsewhere``: they are in another file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    raw: int | None
    typed: int
    elsewhere: bool


@dataclass
class OnnxFile:
    """What a file is made of. ``operators``: (domain, name) of each node, counted; ``opsets``: versions by domain;
    ``extras``: parts that are neither nodes nor tensors of numbers, in words."""

    operators: Counter[tuple[str, str]] = field(default_factory=Counter)
    opsets: dict[str, int] = field(default_factory=dict)
    tensors: list[StoredTensor] = field(default_factory=list)
    inputs: dict[str, TensorSpec] = field(default_factory=dict)
    outputs: dict[str, TensorSpec] = field(default_factory=dict)
    extras: set[str] = field(default_factory=set)


def read_onnx(path: Path) -> OnnxFile:
    """What the file at ``path`` is made of. Raises ``ValueError`` for what is no ONNX file, ``OSError``."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise ValueError("it is empty") from None
    found, reader = OnnxFile(), Reader(MAX_FIELDS)
    for number, value in reader.fields(memoryview(data)):
        if number == _GRAPH:
            _read_graph(found, reader, _message(value))
        elif number == _OPSET:
            parts = dict(reader.fields(_message(value)))
            version = parts.get(2, 0)
            found.opsets[_domain(parts.get(1))] = version if isinstance(version, int) else 0
        elif number == _TRAINING:
            found.extras.add("steps of training")
        elif number == _FUNCTION:
            found.extras.add("functions")
    # Files of old versions list tensors with a value among the inputs.
    for tensor in found.tensors:
        found.inputs.pop(tensor.name, None)
    return found


def _read_graph(found: OnnxFile, reader: Reader, graph: memoryview) -> None:
    for number, value in reader.fields(graph):
        if number == _NODE:
            _read_node(found, reader, _message(value))
        elif number == _TENSOR:
            found.tensors.append(_tensor(reader, _message(value)))
        elif number in (_INPUT, _OUTPUT):
            name, spec = _signature(reader, _message(value))
            (found.inputs if number == _INPUT else found.outputs)[name] = spec
        elif number == _SPARSE:
            found.extras.add("sparse tensors")


def _read_node(found: OnnxFile, reader: Reader, node: memoryview) -> None:
    operator, domain = "", ""
    for number, value in reader.fields(node):
        if number == _OPERATOR:
            operator = text(value)
        elif number == _DOMAIN:
            domain = _domain(value)
        elif number == _ATTRIBUTE:
            for kind, inner in reader.fields(_message(value)):
                if kind in _ATTRIBUTE_TENSORS:
                    found.tensors.append(_tensor(reader, _message(inner)))
                elif kind in _ATTRIBUTE_GRAPHS:
                    found.extras.add("graphs inside a node")
                elif kind in _ATTRIBUTE_SPARSE:
                    found.extras.add("sparse tensors")
    found.operators[domain, operator] += 1


def _tensor(reader: Reader, message: memoryview) -> StoredTensor:
    shape: list[int] = []
    name, dtype, raw, typed, elsewhere = "", "nothing", None, 0, False
    for number, value in reader.fields(message):
        if number == _DIMS:
            shape.extend(reader.integers(value))
        elif number == _DATA_TYPE:
            dtype = _dtype(value)
        elif number == _TENSOR_NAME:
            name = text(value)
        elif number == _RAW:
            raw = len(_message(value))
        elif number in _TYPED_DATA:
            typed += 1 if isinstance(value, int) else len(value)
        elif number == _EXTERNAL_DATA or (number == _LOCATION and value == _ELSEWHERE):
            elsewhere = True
    return StoredTensor(name, dtype, tuple(shape), raw, typed, elsewhere)


def _signature(reader: Reader, value_info: memoryview) -> tuple[str, TensorSpec]:
    name, dtype = "(nameless)", "no tensor"
    shape: list[int | None] | None = None
    for number, value in reader.fields(value_info):
        if number == 1:
            name = text(value)
    for part, content in _inside(reader, [value_info], 2, 1):  # its TypeProto's Tensor
        if part == 1:
            dtype = _dtype(content)
        elif part == 2:
            dims = [_message(dim) for each, dim in reader.fields(_message(content)) if each == 1]
            shape = [_size(reader, dim) for dim in dims]
    return name, TensorSpec(dtype, shape)


def _inside(reader: Reader, messages: Iterable[memoryview], *way: int) -> list[tuple[int, Value]]:
    """All fields of the messages that the field numbers of ``way`` lead to."""
    found = [pair for message in messages for pair in reader.fields(message)]
    for step in way:
        found = [pair for number, value in found if number == step for pair in reader.fields(_message(value))]
    return found


def _size(reader: Reader, dim: memoryview) -> int | None:
    """A dimension's length; None where it is open."""
    value = dict(reader.fields(dim)).get(1)
    return value if isinstance(value, int) else None


def _dtype(value: Value) -> str:
    return DTYPES.get(value, f"type {value}") if isinstance(value, int) else "no type"


def _domain(value: Value | None) -> str:
    """A domain's name, the standard one's being empty."""
    name = "" if value is None else text(value)
    return "" if name == "ai.onnx" else name


def _message(value: Value) -> memoryview:
    if isinstance(value, memoryview):
        return value
    raise ValueError("a number stands where a message belongs")
