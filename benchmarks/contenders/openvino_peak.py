"""How quickly the machine multiplies matrices, which bounds how quickly any network can run on it.

A contender is asked for nothing but its product: it computes ``OPERATIONS`` each time, whatever the pictures.
"""

from __future__ import annotations

import numpy as np
import openvino  # type: ignore[import-untyped]
from openvino import opset13

from benchmarks.contenders.base import Contender, Task
from benchmarks.contenders.sizes import OPERATIONS, PRODUCTS, SIDE


def open_f32(task: Task) -> Contender:
    return _open(task, "f32")


def open_bf16(task: Task) -> Contender:
    """On a processor that does not multiply bfloat16 OpenVINO computes in float32, and that is then the peak."""
    return _open(task, "bf16")


def _open(task: Task, precision: str) -> Contender:
    random = np.random.default_rng(0)
    first = result = opset13.parameter([SIDE, SIDE], np.float32)
    for _ in range(PRODUCTS):
        factor = (random.standard_normal((SIDE, SIDE)) / SIDE**0.5).astype(np.float32)
        result = opset13.matmul(result, opset13.constant(factor), False, False)
    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": task.threads, "NUM_STREAMS": 1}
    compiled = openvino.Core().compile_model(openvino.Model([result], [first]), "CPU", settings)
    request, matrix = compiled.create_infer_request(), random.standard_normal((SIDE, SIDE)).astype(np.float32)
    return Contender(lambda _: request.infer([matrix]), f"OpenVINO, {PRODUCTS} products", precision, lambda: OPERATIONS)
