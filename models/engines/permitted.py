"""What a network may be made of: no more than the networks that training writes.

An engine runs whatever graph it is given, with code of its own for hundreds of operators, some of which open files, run
other libraries' code or go round in loops. A file is held to the few that are needed before an engine sees it.
"""

from __future__ import annotations

import math

from models.engines.onnx_file import OnnxFile, StoredTensor

MAX_NODES = 5_000
OPSETS = range(17, 19)
"""Versions of the standard operators that the exporters in ``training`` write."""

OPERATORS = frozenset({
    "Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant", "Conv", "DequantizeLinear",
    "Div", "Equal", "Erf", "Expand", "Flatten", "Gather", "Gemm", "GlobalAveragePool", "Greater", "Identity",
    "LayerNormalization", "MatMul", "Max", "MaxPool", "Mul", "Neg", "Pad", "Pow", "Range", "Reciprocal", "ReduceMax",
    "ReduceMean", "ReduceSum", "Relu", "Reshape", "ReverseSequence", "Shape", "Sigmoid", "Slice", "Softmax", "Sqrt",
    "Squeeze", "Sub", "Sum", "Transpose", "Unsqueeze",
})  # fmt: skip
"""Of the standard domain: what the shipped networks and every architecture that can be exported use, and the simplest
ways to reshape. None holds a graph of its own, as If, Loop and Scan do."""

_BYTES = {"float32": 4, "float16": 2, "uint8": 1, "int8": 1, "int32": 4, "int64": 8, "bool": 1}


def check_permitted(file: OnnxFile) -> None:
    """Raises ``ValueError``, saying what, for a file that has anything in it that no network of ours has."""
    if file.extras:
        raise ValueError(f"it has {', '.join(sorted(file.extras))} in it")
    opset = file.opsets.get("")
    if opset not in OPSETS:
        raise ValueError(f"its operators are of version {opset or 'none'}, not {OPSETS[0]} to {OPSETS[-1]}")
    if file.operators.total() > MAX_NODES:
        raise ValueError(f"it has {file.operators.total()} nodes, more than {MAX_NODES}")
    strange = sorted(f"{domain or 'ai.onnx'}.{name}" for domain, name in file.operators if not _is_ours(domain, name))
    if strange:
        raise ValueError(f"it uses operators that no network of ours does: {', '.join(strange[:5])}")
    for tensor in file.tensors:
        _check_tensor(tensor)


def _is_ours(domain: str, name: str) -> bool:
    return not domain and name in OPERATORS


def _check_tensor(tensor: StoredTensor) -> None:
    title = f"the tensor {tensor.name!r}"
    if tensor.elsewhere:
        raise ValueError("it keeps tensors in other files, which its hash does not cover")
    if tensor.dtype not in _BYTES:
        raise ValueError(f"{title} is of {tensor.dtype}")
    if any(length < 0 for length in tensor.shape):
        raise ValueError(f"{title} has a negative length")
    numbers = math.prod(tensor.shape)
    if tensor.raw is not None:
        whole = numbers * _BYTES[tensor.dtype] == tensor.raw and not tensor.typed
    else:
        whole = numbers <= tensor.typed
    if not whole:
        raise ValueError(f"{title} is declared as {list(tensor.shape)}, which its bytes are not")
