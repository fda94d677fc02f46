"""As ``peak``, by PyTorch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.contenders.base import Contender, Task
from benchmarks.contenders.sizes import OPERATIONS, PRODUCTS, SIDE


def open_f32(task: Task) -> Contender:
    return _open(task, torch.float32, "f32")


def open_bf16(task: Task) -> Contender:
    return _open(task, torch.bfloat16, "bf16")


def _open(task: Task, dtype: torch.dtype, precision: str) -> Contender:
    torch.set_num_threads(task.threads)
    left, right = (torch.randn(SIDE, SIDE).to(dtype) / SIDE**0.5 for _ in range(2))

    @torch.no_grad()
    def multiply(_: NDArray[np.uint8]) -> object:
        result = left
        for _product in range(PRODUCTS):
            result = result @ right
        return result

    return Contender(multiply, f"PyTorch, {PRODUCTS} products", precision, lambda: OPERATIONS)
