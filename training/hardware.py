"""What the machine can do, for the configurations: ``precision: ${cpu_precision:}``."""

from __future__ import annotations

import functools
import logging
import os
import subprocess
import sys

from omegaconf import OmegaConf

logger = logging.getLogger(__name__)

ISA_LIMIT = "ONEDNN_MAX_CPU_ISA"
BFLOAT16_LAYER = """
import torch
with torch.autocast("cpu", dtype=torch.bfloat16):
    torch.nn.Linear(512, 7)(torch.zeros(32, 512)).sum().backward()
"""


def cpu_precision() -> str:
    """Lightning's precision for this CPU: ``bf16-mixed`` where it multiplies bfloat16 itself, twice as fast as float32;
    elsewhere bfloat16 is emulated, many times slower, and ``32-true`` is right."""
    import torch  # noqa: PLC0415 - only where a PyTorch training asks; TensorFlow's must not load it

    capabilities = torch.cpu.get_capabilities()
    if capabilities.get("amx_bf16"):
        _avoid_broken_amx()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("bf16")
    return "bf16-mixed" if native else "32-true"


@functools.cache
def _avoid_broken_amx() -> None:
    """Keeps oneDNN from AMX where its kernels end the process: some virtual machines announce more of it than they
    have, and PyTorch then dies of an illegal instruction. Only another process can find out and tell."""
    if ISA_LIMIT in os.environ:
        return
    tried = subprocess.run([sys.executable, "-c", BFLOAT16_LAYER], check=False, capture_output=True)  # noqa: S603
    if tried.returncode < 0:  # ended by a signal
        os.environ[ISA_LIMIT] = "AVX512_CORE_BF16"
        logger.warning("AMX is announced by this CPU and does not work: training without it")


OmegaConf.register_new_resolver("cpu_precision", cpu_precision, replace=True)
