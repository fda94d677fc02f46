"""OpenVINO on the same files, in float32."""

from __future__ import annotations

import numpy as np
import openvino  # type: ignore[import-untyped]
from numpy.typing import NDArray
from openvino.passes import ConstantFolding, Manager  # type: ignore[import-untyped]

from benchmarks.contenders.base import Contender, Task


def open_contender(task: Task) -> Contender:
    """One infer request a network, asked one after another."""
    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": task.threads,
        "NUM_STREAMS": 1,
        "CACHE_DIR": str(task.cache),
    }
    requests = []
    for file in task.files:
        model = core.read_model(str(file))
        # The weights are stored as 8-bit integers; else they would be widened anew for each picture.
        passes = Manager()
        passes.register_pass(ConstantFolding())
        passes.run_passes(model)
        requests.append(core.compile_model(model, "CPU", settings).create_infer_request())

    def infer(images: NDArray[np.uint8]) -> object:
        return [request.infer({"image": images}) for request in requests]

    version = openvino.__version__.partition("-")[0]
    return Contender(infer, f"OpenVINO {version}, f32, threads: {task.threads}")
