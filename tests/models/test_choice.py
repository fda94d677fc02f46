"""Which engine is chosen, and what is said when it cannot be had."""

from __future__ import annotations

import builtins
import logging
import platform
import subprocess
import sys
from typing import Any

import onnxruntime
import pytest

from models import Catalog, DiagnosisService, EngineUnavailable
from models.engines import choice
from models.engines.choice import choose
from models.engines.onnxruntime import _IDENTITY, cuda_works


def hide(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """``package`` and our module on top of it cannot be imported."""
    original = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == package or name == f"models.engines.{package}":
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return original(name, *args, **kwargs)

    find = choice.find_spec
    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr(choice, "find_spec", lambda name: None if name == package else find(name))


def machine(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: name)


def test_on_x86_it_is_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "AMD64")
    assert choose("auto").name == "openvino"


def test_elsewhere_it_is_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "aarch64")
    chosen = choose("auto")
    assert (chosen.name, chosen.reason) == ("onnxruntime", "OpenVINO is for x86, this is aarch64")


def test_without_openvino_it_is_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "x86_64")
    hide(monkeypatch, "openvino")
    chosen = choose("auto")
    assert chosen.name == "onnxruntime"
    assert "openvino is not installed" in chosen.reason


@pytest.mark.parametrize(("works", "name"), [(True, "onnxruntime"), (False, "openvino")])
def test_a_cuda_build_is_taken_only_if_cuda_works(monkeypatch: pytest.MonkeyPatch, works: bool, name: str) -> None:
    machine(monkeypatch, "x86_64")
    monkeypatch.setattr(choice.metadata, "distribution", lambda package: package)
    monkeypatch.setattr("models.engines.onnxruntime.cuda_works", lambda: works)
    assert choose("auto").name == name


@pytest.mark.parametrize("package", ["openvino", "onnxruntime"])
def test_asking_for_an_engine_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    hide(monkeypatch, package)
    with pytest.raises(EngineUnavailable, match=rf"the engine {package} is not installed: pip install {package}"):
        choose(package)


def test_an_unknown_engine_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="tensorrt"):
        choose("tensorrt")


class FakeSession:
    """What ONNX Runtime gives where the CUDA build finds no driver (or one): a session on what it could get."""

    def __init__(self, providers: list[str]) -> None:
        self.get_providers = lambda: providers

    def run(self, names: None, inputs: dict[str, Any]) -> list[Any]:
        return [inputs["x"]]


@pytest.mark.parametrize(
    ("obtained", "works"),
    [(["CPUExecutionProvider"], False), (["CUDAExecutionProvider", "CPUExecutionProvider"], True)],
)
def test_cuda_works_only_if_a_session_obtains_it(
    monkeypatch: pytest.MonkeyPatch, obtained: list[str], works: bool
) -> None:
    asked: list[Any] = []

    def session(model: bytes, options: Any, providers: list[Any]) -> FakeSession:
        asked.extend(providers)
        return FakeSession(obtained)

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: asked.append("libraries"), raising=False)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    assert cuda_works() is works
    assert asked[0] == "libraries"
    assert asked[1][0] == "CUDAExecutionProvider"
    assert asked[2] == "CPUExecutionProvider"


def test_cuda_that_fails_to_load_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("CUDA failure 35: driver too old")

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None, raising=False)
    monkeypatch.setattr(onnxruntime, "InferenceSession", fail)
    assert cuda_works() is False


def test_the_network_that_probes_cuda_is_sound() -> None:
    session = onnxruntime.InferenceSession(_IDENTITY, providers=["CPUExecutionProvider"])
    assert [tensor.name for tensor in session.get_inputs()] == ["x"]


def test_the_choice_and_its_reason_are_logged_once(catalog: Catalog, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    DiagnosisService(catalog, "onnxruntime")
    assert [record.getMessage() for record in caplog.records] == ["Inference engine: onnxruntime (it was asked for)"]


def test_an_engine_is_imported_only_when_it_is_chosen() -> None:
    code = """
import sys, models.__main__
print({"openvino", "onnxruntime"} & set(sys.modules))
models.__main__.choose("onnxruntime")
print({"openvino", "onnxruntime"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["set()", "{'onnxruntime'}"]
