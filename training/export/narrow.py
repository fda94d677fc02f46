"""Weights in a quarter of the size: kernels of 8-bit integers times a scale per channel are stored as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

MIN_ELEMENTS = 1024
"""Smaller tensors stay as they are: they would save nothing."""
LARGEST = 127
SCALE_BITS = 17
"""A scale's significant bits: times 7 bits of an integer the product has at most float32's 24, so it is exact."""
SMALLEST_SCALE = np.float32(2.0**-100)
"""A channel whose scale would be smaller is nothing but zeros to an engine, which flushes such numbers."""
WIDENING = ("DequantizeLinear", "Cast")
"""What gives stored numbers back as float32."""

Floats = NDArray[np.float32]


def to_eight_bit(weights: Floats, axis: int) -> Floats:
    """``weights`` rounded to 8-bit integers, -127..127, times one scale for each index of ``axis``, as float32.

    Done to the framework's own network before export, so that the file holds exactly what the framework computes with.
    ``axis`` is that of the output channels (Nagel et al. 2021, "A White Paper on Neural Network Quantization", 2.4).
    Raises ``ValueError`` for a weight that is not finite.
    """
    if not np.isfinite(weights).all():
        raise ValueError("a weight is not a finite number")
    significand, exponent = np.frexp(_largest(weights, axis).astype(np.float64) / LARGEST)
    scale = np.ldexp(np.ceil(np.ldexp(significand, SCALE_BITS)), exponent - SCALE_BITS).astype(np.float32)
    return _integers(weights, scale).astype(np.float32) * scale


def to_half_precision(weights: Floats) -> Floats:
    """``weights`` rounded to the nearest float16, as float32, for what 8 bits would change too much.

    Raises ``ValueError`` beyond float16's range (65504).
    """
    rounded = _half(weights).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ValueError("a weight is beyond float16's range")
    return rounded


def store_narrow(path: Path) -> int:
    """Rewrites the float32 initialisers of the ONNX file ``path`` that 8-bit integers times a scale per channel hold
    exactly, with a DequantizeLinear behind each, and of the rest those that float16 holds, with a Cast behind each.

    Engines fold both when they load the file, and compute in float32 as before. What the exporter noted beside the
    network, such as the source files and their place on this machine, is left out. Returns how many were rewritten.
    """
    model = onnx.load(path)
    _forget_origin(model)
    initialisers, widening = [], []
    for initialiser in model.graph.initializer:
        stored, node = _narrowed(initialiser)
        initialisers.extend(stored)
        if node:
            widening.append(node)
    nodes = [*widening, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(initialisers)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return len(widening)


def round_kernels(source: Path, target: Path) -> int:
    """Writes ``source``, an ONNX file as ``store_narrow`` leaves it, to ``target`` with all weights widened to float32
    and the kernels of convolutions rounded as by ``to_eight_bit``. Returns how many that changed."""
    model = onnx.load(source)
    _widen(model)
    weights = {initialiser.name: initialiser for initialiser in model.graph.initializer}
    changed = 0
    for name in {node.input[1] for node in model.graph.node if node.op_type == "Conv"} & set(weights):
        values = numpy_helper.to_array(weights[name])
        rounded = to_eight_bit(values, axis=0)
        changed += not np.array_equal(rounded, values)
        weights[name].CopyFrom(numpy_helper.from_array(rounded, name))
    onnx.checker.check_model(model)
    onnx.save(model, target)
    return changed


def _widen(model: ModelProto) -> None:
    """Undoes ``store_narrow``: every stored number that a node widens becomes the float32 number it stands for."""
    stored = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in [each for each in model.graph.node if each.op_type in WIDENING and each.input[0] in stored]:
        values = stored[node.input[0]].astype(np.float32)
        if node.op_type == "DequantizeLinear":
            axis = helper.get_node_attr_value(node, "axis")
            values *= stored[node.input[1]].reshape([-1 if each == axis else 1 for each in range(values.ndim)])
        for initialiser in [each for each in model.graph.initializer if each.name in node.input]:
            model.graph.initializer.remove(initialiser)
        model.graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        model.graph.node.remove(node)


def _forget_origin(model: ModelProto) -> None:
    """Clears every note that is not part of the computation, of ``model`` and of all its parts."""
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output,
                 *model.graph.value_info, *model.graph.initializer, *model.functions):  # fmt: skip
        part.doc_string = ""
        del part.metadata_props[:]


def _narrowed(initialiser: TensorProto) -> tuple[list[TensorProto], NodeProto | None]:
    """What stands for ``initialiser`` in the file, and the node that gives it back under its name."""
    name = initialiser.name
    if initialiser.data_type != TensorProto.FLOAT or np.prod(initialiser.dims) < MIN_ELEMENTS:
        return [initialiser], None
    values = numpy_helper.to_array(initialiser)
    found = _eight_bits_of(values)
    if found:
        integers, scale, axis = found
        node = helper.make_node(
            "DequantizeLinear", [f"{name}_integers", f"{name}_scale"], [name], f"{name}_widened", axis=axis
        )
        return [
            numpy_helper.from_array(integers, f"{name}_integers"),
            numpy_helper.from_array(scale, f"{name}_scale"),
        ], node
    half = _half(values)
    if not np.array_equal(half.astype(np.float32), values):
        return [initialiser], None
    node = helper.make_node("Cast", [f"{name}_half"], [name], f"{name}_widened", to=TensorProto.FLOAT)
    return [numpy_helper.from_array(half, f"{name}_half")], node


def _eight_bits_of(values: Floats) -> tuple[NDArray[np.int8], Floats, int] | None:
    """Integers, a scale for each index of an axis, and that axis, whose products are exactly ``values``.

    Every axis is tried, as exporters transpose kernels. None where there is none, or where float16 is no larger.
    """
    for axis in range(values.ndim):
        if values.size + 4 * values.shape[axis] >= 2 * values.size:
            continue
        scale = _largest(values, axis) / np.float32(LARGEST)
        integers = _integers(values, scale)
        if np.array_equal(integers.astype(np.float32) * scale, values):
            return integers, np.where(scale > 0, scale, np.float32(1)).ravel(), axis
    return None


def _largest(weights: Floats, axis: int) -> Floats:
    """The largest magnitude for each index of ``axis``, with the other axes kept at length 1."""
    others = tuple(index for index in range(weights.ndim) if index != axis % weights.ndim)
    largest: Floats = np.abs(weights).max(axis=others, keepdims=True)
    return largest


def _integers(weights: Floats, scale: Floats) -> NDArray[np.int8]:
    usable = scale >= SMALLEST_SCALE
    quotient = np.where(usable, weights, np.float32(0)) / np.where(usable, scale, np.float32(1))
    return np.clip(np.rint(quotient), -LARGEST, LARGEST).astype(np.int8)


def _half(weights: Floats) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        return weights.astype(np.float16)
