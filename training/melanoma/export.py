"""TensorFlow to ONNX, and a look at what came out: tf2onnx can write a file that no engine takes."""

from __future__ import annotations

import os
from pathlib import Path

import onnx
import tf2onnx

from training.export.narrow import store_narrow
from training.melanoma.framework import tf
from training.melanoma.served import ServedNetwork

# A step of tf2onnx' optimizer that fails ends the export. Else it would be left out with a warning, and so that it can
# be, each step of each round would work on a copy of all weights: most of the time of an export.
os.environ["TF2ONNX_CATCH_ERRORS"] = "FALSE"

OPSET = 17
OUTPUTS = ("probabilities", "heatmap", "novelty")


def export_onnx(served: ServedNetwork, path: Path, size: int) -> None:
    """Writes ``served`` for pictures of ``size`` x ``size`` pixels, any number at a time, kernels in 8 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    signature = [tf.TensorSpec((None, size, size, 3), tf.uint8, name="image")]
    model, _ = tf2onnx.convert.from_function(tf.function(served.__call__), input_signature=signature, opset=OPSET)
    _tidy(model.graph)
    onnx.save(model, path)
    store_narrow(path)


def _tidy(graph: onnx.GraphProto) -> None:
    """Outputs in the contract's order, and one name for the free first dimension (tf2onnx numbers each unknown one)."""
    outputs = {output.name: output for output in graph.output}
    del graph.output[:]
    graph.output.extend(outputs[name] for name in OUTPUTS)
    for tensor in (*graph.input, *graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "N"
