"""Weights at half the size: kernels that are half-precision numbers anyway are stored as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

MIN_ELEMENTS = 1024
"""Smaller tensors stay as they are: they would save nothing."""


def to_half_precision(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """``weights`` rounded to the nearest float16, as float32. Raises ``ValueError`` beyond float16's range (65504).

    Done to the framework's own network before export, so that the file holds exactly what the framework computes with.
    """
    with np.errstate(over="ignore"):
        rounded = weights.astype(np.float16).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ValueError("a weight is beyond float16's range")
    return rounded


def store_as_half(path: Path) -> int:
    """Rewrites the float32 initialisers of the ONNX file ``path`` that float16 holds exactly as float16 with a Cast
    behind each. Engines fold the Cast when they load the file, and compute in float32 as before. Returns their count.
    """
    model = onnx.load(path)
    casts, changed = [], 0
    for initialiser in model.graph.initializer:
        if initialiser.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(initialiser)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size < MIN_ELEMENTS or not np.array_equal(half.astype(np.float32), values):
            continue
        name = initialiser.name
        initialiser.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], f"{name}_cast", to=TensorProto.FLOAT))
        changed += 1
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return changed
