"""Which engine runs here, and why."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec

from models.engines.base import Engine, EngineOptions, NetworkFile
from models.errors import EngineUnavailable

_INSTALL = {"openvino": "pip install openvino", "onnxruntime": "pip install onnxruntime (or onnxruntime-gpu)"}
_X86 = {"x86_64", "amd64", "i386", "i686", "x86"}


class EngineSetting(StrEnum):
    """What ``INFERENCE_ENGINE`` may be."""

    AUTO = "auto"
    OPENVINO = "openvino"
    ONNXRUNTIME = "onnxruntime"


@dataclass(frozen=True)
class Choice:
    """An engine that is installed here. ``open(network, options)`` loads a network, checks the contract and gives the
    ``Engine``; it raises ``ContractViolation``."""

    name: str
    reason: str
    open: Callable[[NetworkFile, EngineOptions], Engine]


def choose(setting: str = EngineSetting.AUTO) -> Choice:
    """The engine that ``setting`` names; ``auto`` takes ONNX Runtime where CUDA works, else OpenVINO on x86, else
    ONNX Runtime on the CPU. Raises ``EngineUnavailable``, and ``ValueError`` for a name that is no engine's.
    """
    wanted = EngineSetting(setting)
    if wanted is EngineSetting.AUTO:
        return _choose_for_machine()
    if wanted is EngineSetting.OPENVINO:
        return _openvino("it was asked for")
    return _onnxruntime("it was asked for")


def installed_engines() -> tuple[str, ...]:
    """Names of the engines whose package is installed."""
    return tuple(name for name in _INSTALL if find_spec(name))


def _choose_for_machine() -> Choice:
    if _has_gpu_build() and _cuda_works():
        return _onnxruntime("CUDA works")
    machine = platform.machine()
    if machine.lower() in _X86:
        try:
            return _openvino(f"the quicker one on {machine}, and CUDA is not to be had")
        except EngineUnavailable as error:
            return _onnxruntime(str(error))
    return _onnxruntime(f"OpenVINO is for x86, this is {machine}")


def _has_gpu_build() -> bool:
    # Asking the package itself would import it, which costs the start of an OpenVINO-only process 0.2 s.
    try:
        metadata.distribution("onnxruntime-gpu")
    except metadata.PackageNotFoundError:
        return False
    return True


def _cuda_works() -> bool:
    try:
        return bool(importlib.import_module("models.engines.onnxruntime").cuda_works())
    except ImportError:
        return False


def _openvino(reason: str) -> Choice:
    try:
        from models.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - an engine is imported when it is chosen
    except ImportError as error:
        raise _unavailable("openvino", error) from error
    return Choice(OpenVinoEngine.name, reason, OpenVinoEngine)


def _onnxruntime(reason: str) -> Choice:
    try:
        from models.engines.onnxruntime import OnnxRuntimeEngine  # noqa: PLC0415
    except ImportError as error:
        raise _unavailable("onnxruntime", error) from error
    return Choice(OnnxRuntimeEngine.name, reason, OnnxRuntimeEngine)


def _unavailable(name: str, error: ImportError) -> EngineUnavailable:
    if find_spec(name) is None:
        return EngineUnavailable(f"the engine {name} is not installed: {_INSTALL[name]}")
    return EngineUnavailable(f"the engine {name} cannot be imported: {error}")
