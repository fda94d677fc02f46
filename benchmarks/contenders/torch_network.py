"""The same architecture as peers run it: torchvision's network in PyTorch, ``eval()``, ``no_grad()``, float32.

It gives probabilities alone. Its weights are random, which changes nothing about the time.
"""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model, list_models

from benchmarks.contenders.base import Contender, Missing, Task

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def open_contender(task: Task) -> Contender:
    """Eager."""
    return _contender(task, _networks(task), f"PyTorch {_version()} eager")


def open_compiled(task: Task) -> Contender:
    """``torch.compile``, once for each size of batch. Raises ``Missing`` without a C++ compiler."""
    if not any(shutil.which(name) for name in ("g++", "c++", "clang++")):
        raise Missing("torch.compile needs a C++ compiler, and there is none on this machine")
    networks = [torch.compile(network, dynamic=False) for network in _networks(task)]
    return _contender(task, networks, f"PyTorch {_version()} torch.compile")


def _networks(task: Task) -> list[Any]:
    strange = [name for name in task.architectures if name not in list_models()]
    if strange:
        raise Missing(f"torchvision has no {', '.join(strange)}")
    torch.set_num_threads(task.threads)
    return [get_model(name, weights=None, num_classes=task.classes).eval() for name in task.architectures]


def _contender(task: Task, networks: list[Any], describe: str) -> Contender:
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))

    @torch.no_grad()
    def infer(images: NDArray[np.uint8]) -> object:
        pixels = (torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 - mean) / std
        return torch.stack([torch.softmax(network(pixels), dim=1) for network in networks]).mean(dim=0).numpy()

    def flops() -> float:
        plain = _networks(task)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            for network in plain:
                network(torch.zeros(1, 3, task.height, task.width))
        return float(counter.get_total_flops())

    return Contender(infer, f"{describe}, f32, threads: {task.threads}", flops=flops)


def _version() -> str:
    return torch.__version__.partition("+")[0]
