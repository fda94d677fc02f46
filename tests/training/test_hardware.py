"""The machine's arithmetic: what is announced is tried before it is relied on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from training import hardware


@pytest.fixture(autouse=True)
def _untried(monkeypatch: pytest.MonkeyPatch) -> None:
    hardware._avoid_broken_amx.cache_clear()
    monkeypatch.delenv(hardware.ISA_LIMIT, raising=False)


def announce(monkeypatch: pytest.MonkeyPatch, **capabilities: bool) -> None:
    import torch  # noqa: PLC0415

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)


def interpreter(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Has the machine's arithmetic tried by ``script``."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [({"avx512_bf16": True}, "bf16-mixed"), ({"avx2": True}, "32-true"), ({"bf16": True}, "bf16-mixed")],
)
def test_bfloat16_only_where_the_processor_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], precision: str
) -> None:
    announce(monkeypatch, **capabilities)

    assert hardware.cpu_precision() == precision


def test_amx_that_ends_the_process_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    announce(monkeypatch, amx_bf16=True, avx512_bf16=True)
    interpreter(monkeypatch, tmp_path, "kill -ILL $$")
    monkeypatch.setenv(hardware.ISA_LIMIT, "")  # for its removal afterwards
    monkeypatch.delenv(hardware.ISA_LIMIT)

    assert hardware.cpu_precision() == "bf16-mixed"
    assert hardware.os.environ[hardware.ISA_LIMIT] == "AVX512_CORE_BF16"
    assert "does not work" in caplog.text


def test_amx_that_works_and_a_person_s_own_limit_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    announce(monkeypatch, amx_bf16=True)
    interpreter(monkeypatch, tmp_path, "exit 0")

    hardware.cpu_precision()
    assert hardware.ISA_LIMIT not in hardware.os.environ

    hardware._avoid_broken_amx.cache_clear()
    interpreter(monkeypatch, tmp_path, "kill -ILL $$")
    monkeypatch.setenv(hardware.ISA_LIMIT, "AVX2")

    hardware.cpu_precision()
    assert hardware.os.environ[hardware.ISA_LIMIT] == "AVX2"
