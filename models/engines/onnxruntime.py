"""Microsoft's ONNX Runtime: CUDA where it really works, else the CPU."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from models.engines.base import EngineOptions, EngineOutput, NetworkFile, Precision, TensorSpec
from models.engines.contract import (
    IMAGE,
    OUTPUTS,
    check_file,
    check_images,
    check_output,
    check_signature,
    try_out,
)
from models.errors import ContractViolation

_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_CUDA_SETTINGS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}  # TF32 keeps 10 bits of the mantissa
_ERRORS_ONLY = 3
_DTYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}

# A whole ONNX file (opset 17) with one node, y = Identity(x), x float [1].
_IDENTITY = bytes.fromhex(
    "08083a370a100a017812017922084964656e746974791201695a0f0a0178120a0a08080112040a020801620f0a0179120a0a080801"
    "12040a02080142040a001011"
)

_log = logging.getLogger(__name__)


class OnnxRuntimeEngine:
    """A network in an inference session of its own; ONNX Runtime runs one session from several threads safely."""

    name = "onnxruntime"
    precision = Precision.F32

    def __init__(self, network: NetworkFile, options: EngineOptions) -> None:
        """Raises ``ContractViolation``."""
        check_file(network)
        self._network = network
        self._threads = options.threads
        self._session: Any = _open_session(network, options.threads)
        self._provider = self._session.get_providers()[0]
        check_signature(network, _specs(self._session.get_inputs()), _specs(self._session.get_outputs()))
        try_out(self, network)

    @property
    def device(self) -> str:
        return "cuda" if self._provider == _CUDA else "cpu"

    def describe(self) -> str:
        version = onnxruntime.__version__
        if self._provider == _CUDA:
            return f"ONNX Runtime {version} on CUDA, {self.precision}"
        return f"ONNX Runtime {version} on the CPU, {self.precision}, threads: {self._threads}"

    def infer(self, images: NDArray[np.uint8]) -> EngineOutput:
        session = self._session
        if session is None:
            raise RuntimeError("the engine is closed")
        check_images(self._network, images)
        return check_output(self._network, len(images), session.run(list(OUTPUTS), {IMAGE: images}))

    def close(self) -> None:
        self._session = None


def has_cuda_build() -> bool:
    """Whether the installed ONNX Runtime was built with CUDA; that alone does not mean that it can use one."""
    return _CUDA in onnxruntime.get_available_providers()


def cuda_works() -> bool:
    """Whether a session really gets CUDA and computes on it: without driver or libraries it falls back in silence."""
    if not has_cuda_build():
        return False
    try:
        session = _session(_IDENTITY, threads=1)
        if session.get_providers()[0] != _CUDA:
            return False
        (result,) = session.run(None, {"x": np.ones(1, np.float32)})
    except Exception as error:  # the binding raises many kinds, which share no base class; each means the same here
        _log.info("CUDA does not work here: %s", error)
        return False
    return bool(result[0] == 1)


def _open_session(network: NetworkFile, threads: int) -> Any:
    try:
        return _session(str(network.path), threads)
    except Exception as error:  # as above
        text = str(error).strip().splitlines()[-1]
        raise ContractViolation(f"{network.path.name}: ONNX Runtime cannot load it: {text}") from error


def _session(model: str | bytes, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _ERRORS_ONLY
    # Weights kept as 8-bit integers are widened once, when the session is made, instead of at every picture.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    # Spinning threads of one session take the CPU from another's: three models together took 69 ms instead of 48.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers: list[Any] = [_CPU]
    if has_cuda_build():
        if hasattr(onnxruntime, "preload_dlls"):
            onnxruntime.preload_dlls()
        providers.insert(0, (_CUDA, _CUDA_SETTINGS))
    return onnxruntime.InferenceSession(model, options, providers=providers)


def _specs(tensors: list[Any]) -> dict[str, TensorSpec]:
    return {
        tensor.name: TensorSpec(
            _DTYPES.get(tensor.type, tensor.type), [size if isinstance(size, int) else None for size in tensor.shape]
        )
        for tensor in tensors
    }
