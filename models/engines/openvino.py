"""Intel's OpenVINO on the CPU: the quicker engine on x86."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Lock
from typing import Any

import numpy as np
import openvino  # type: ignore[import-untyped]
from numpy.typing import NDArray
from openvino import opset13 as operators
from openvino.passes import ConstantFolding, Manager  # type: ignore[import-untyped]

from models.engines.base import EngineOptions, EngineOutput, NetworkFile, Precision, TensorSpec
from models.engines.compiled import prepare, seal
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

THREADS_A_STREAM = 4
# Two threads that make OpenVINO's bindings convert a type for the first time in a process can wait for each other for
# ever, one with the interpreter's lock and one with the bindings'. The first network loaded does it for all.
_LOADING = Lock()
# One for the whole process, never given back: with a core for each network, one that is torn down in one thread while
# another network computes or is torn down beside it ends the process with a segmentation fault (2026.4).
_CORE = openvino.Core()


class OpenVinoEngine:
    """A network compiled for the CPU, with one infer request per stream; a caller waits until one is idle."""

    name = "openvino"
    device = "cpu"

    def __init__(self, network: NetworkFile, options: EngineOptions) -> None:
        """Raises ``ContractViolation``."""
        check_file(network)
        self._network = network
        self._threads = options.threads
        self._streams = max(1, options.threads // THREADS_A_STREAM)
        self._closed = False
        self._idle: SimpleQueue[Any] = SimpleQueue()
        with _LOADING:
            compiled = _compile(network, self._streams, options)
            self._precision = _precision_of(compiled)
            check_signature(network, _specs(compiled.inputs), _specs(compiled.outputs))
            for _ in range(self._streams):
                self._idle.put(compiled.create_infer_request())
            try_out(self, network)

    @property
    def precision(self) -> Precision:
        return self._precision

    def describe(self) -> str:
        return f"OpenVINO {version()} on the CPU, {self.precision}, threads: {self._threads}, streams: {self._streams}"

    def infer(self, images: NDArray[np.uint8]) -> EngineOutput:
        idle = self._idle
        if self._closed:
            raise RuntimeError("the engine is closed")
        check_images(self._network, images)
        request = idle.get()
        if request is None:
            idle.put(None)
            raise RuntimeError("the engine is closed")
        try:
            results = request.infer({IMAGE: np.ascontiguousarray(images)})
        finally:
            idle.put(request)
        return check_output(self._network, len(images), [results[name] for name in OUTPUTS])

    def close(self) -> None:
        self._closed = True
        waited_for, self._idle = self._idle, SimpleQueue()
        # A request that hangs is never put back: who waits for it is woken, and wakes the next.
        waited_for.put(None)


def version() -> str:
    """OpenVINO's version, such as ``2026.4.1``."""
    return str(openvino.__version__).partition("-")[0]


def computes_bf16() -> bool:
    """Whether OpenVINO says that this CPU multiplies bfloat16 itself. What is announced need not work."""
    return "BF16" in _CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _compile(network: NetworkFile, streams: int, options: EngineOptions) -> Any:
    settings: dict[str, Any] = {
        # Left alone it is bf16 wherever the CPU has it, for every network.
        "INFERENCE_PRECISION_HINT": options.precision.value,
        "INFERENCE_NUM_THREADS": options.threads,
        "NUM_STREAMS": streams,
    }
    # A folder per hash and precision: a network compiled for another file or precision is never taken for this one's.
    # OpenVINO names what it keeps after the network alone, whatever the precision (2026.4).
    folder = options.cache / "openvino" / f"{network.sha256[:16]}-{options.precision}" if options.cache else None
    if folder and not prepare(folder):
        folder = None
    if folder:
        settings["CACHE_DIR"] = str(folder)
    try:
        model = _CORE.read_model(str(network.path))
        _widen(model)
        if options.precision is Precision.BF16:
            _keep_head_in_f32(model)
        compiled = _CORE.compile_model(model, "CPU", settings)
    except RuntimeError as error:
        raise ContractViolation(f"{network.path.name}: OpenVINO cannot load it: {_last_line(error)}") from error
    if folder:
        seal(folder)
    return compiled


def _precision_of(compiled: Any) -> Precision:
    """What ``compiled`` really computes with: the hint is dropped without a word where the CPU cannot."""
    return Precision(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())


def _widen(model: Any) -> None:
    """Turns weights kept as 8-bit integers or float16 into float32, once. Left to itself OpenVINO does so for each
    picture anew before every matrix product and 1 x 1 convolution, which there are most of."""
    passes = Manager()
    passes.register_pass(ConstantFolding())
    passes.run_passes(model)


def _keep_head_in_f32(model: Any) -> None:
    """Writes the products of pooled features and matrices as sums of products.

    OpenVINO leaves in float32 what follows the last convolution or matrix product. Written so, all of the head does,
    which costs nothing beside the convolutions: the novelty is a small difference of large numbers, and bfloat16 moved
    it by more than its threshold.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul" or node.get_attributes()["transpose_a"]:
            continue
        features, matrix = node.input_value(0), node.input_value(1)
        if not (_is_matrix(features) and _is_matrix(matrix)):
            continue
        if node.get_attributes()["transpose_b"]:
            matrix = operators.transpose(matrix, operators.constant([1, 0])).output(0)
        products = operators.multiply(operators.unsqueeze(features, operators.constant(2)), matrix)
        summed = operators.reduce_sum(products, operators.constant(1), keep_dims=False).output(0)
        for reader in list(node.output(0).get_target_inputs()):
            reader.replace_source_output(summed)
    _widen(model)


def _is_matrix(source: Any) -> bool:
    rank = source.get_partial_shape().rank
    return bool(rank.is_static and rank.get_length() == 2)


def _specs(ports: list[Any]) -> dict[str, TensorSpec]:
    """The ports under the contract's names where they bear one: OpenVINO may join several names on one tensor."""
    specs = {}
    for port in ports:
        names = port.get_names()
        name = next((name for name in (IMAGE, *OUTPUTS) if name in names), None) or min(names, default="(nameless)")
        shape = [dimension.get_length() if dimension.is_static else None for dimension in port.get_partial_shape()]
        specs[name] = TensorSpec(np.dtype(port.get_element_type().to_dtype()).name, shape)
    return specs


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]
