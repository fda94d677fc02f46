"""Engines that raise or hang when a test says so, also in another process: what is to happen stands in files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.engines.base import Engine, EngineOptions, EngineOutput, NetworkFile
from models.engines.choice import Choice, choose

SECRET = "quoted content of the picture"

_READING = Lock()


@dataclass(frozen=True)
class Faults:
    """``folder`` holds what the next calls do: ``raise``, ``hang`` (until ``release``) or ``slow`` (0.9 s)."""

    folder: Path

    def plan(self, call: str, *faults: str) -> None:
        """Let the next calls, ``load`` or ``infer``, have these faults, each call one."""
        self._write(call, faults)

    def left(self, call: str) -> list[str]:
        """The faults that no call has had yet."""
        path = self.folder / f"{call}.txt"
        return path.read_text(encoding="ascii").split() if path.exists() else []

    def release(self) -> None:
        """Let everything that hangs come back."""
        (self.folder / "release").touch()

    def meet(self, call: str) -> None:
        """Have the fault that is planned for this call, if there is one."""
        with _READING:
            fault, *rest = self.left(call) or [""]
            if fault:
                self._write(call, rest)
        if fault == "raise":
            raise RuntimeError(SECRET)
        if fault == "slow":
            time.sleep(0.9)
        while fault == "hang" and not (self.folder / "release").exists():
            time.sleep(0.02)

    def _write(self, call: str, faults: Iterable[str]) -> None:
        new = self.folder / f"{call}.new"
        new.write_text(" ".join(faults), encoding="ascii")
        new.replace(self.folder / f"{call}.txt")


@dataclass(frozen=True)
class FaultyEngine:
    """A real engine behind faults."""

    engine: Engine
    faults: Faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def infer(self, images: NDArray[np.uint8]) -> EngineOutput:
        self.faults.meet("infer")
        return self.engine.infer(images)


def choose_faulty(faults: Faults, setting: str = "onnxruntime") -> Choice:
    """The engine ``setting`` with ``faults``."""
    choice = choose(setting)

    def load(network: NetworkFile, options: EngineOptions) -> Engine:
        faults.meet("load")
        return FaultyEngine(choice.open(network, options), faults)  # type: ignore[return-value]

    return Choice(choice.name, choice.reason, load)
