"""Floating-point operations of a network, counted from its ONNX graph."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any


def count_flops(path: Path) -> float | None:
    """Operations of convolutions and matrix products for one picture, a multiplication and an addition being two; the
    rest of a network is a percent of that. None without the package ``onnx``, or where the graph keeps a shape open.
    """
    try:
        import onnx  # noqa: PLC0415 - of the training and development extras
    except ImportError:
        return None
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    # The shapes that the file states are those for any number of pictures.
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes: dict[str, list[int]] = {initialiser.name: list(initialiser.dims) for initialiser in graph.initializer}
    for tensor in (*graph.value_info, *graph.input, *graph.output):
        sizes = [dimension.dim_value for dimension in tensor.type.tensor_type.shape.dim]
        # Behind a product that broadcasts pictures the inference forgets how many there are: one.
        shapes[tensor.name] = [sizes[0] or 1, *sizes[1:]] if sizes else []
    try:
        return float(sum(_of_node(node, shapes) for node in graph.node))
    except _Open:
        return None


class _Open(Exception):
    """A shape that is needed is not known."""


def _of_node(node: Any, shapes: dict[str, list[int]]) -> int:
    if node.op_type not in ("Conv", "Gemm", "MatMul"):
        return 0
    output, weights = shapes.get(node.output[0]), shapes.get(node.input[1])
    if not output or not weights or 0 in output or 0 in weights:
        raise _Open
    if node.op_type == "Conv":
        return 2 * math.prod(output) * math.prod(weights[1:])
    transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    return 2 * math.prod(output) * (weights[-1] if transposed else weights[-2])
