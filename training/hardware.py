"""What the machine can do, for the configurations: ``precision: ${cpu_precision:}``."""

from __future__ import annotations

from omegaconf import OmegaConf


def cpu_precision() -> str:
    """Lightning's precision for this CPU: ``bf16-mixed`` where it multiplies bfloat16 itself, twice as fast as float32;
    elsewhere bfloat16 is emulated, many times slower, and ``32-true`` is right."""
    import torch  # noqa: PLC0415 - only where a PyTorch training asks; TensorFlow's must not load it

    capabilities = torch.cpu.get_capabilities()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("bf16")
    return "bf16-mixed" if native else "32-true"


OmegaConf.register_new_resolver("cpu_precision", cpu_precision, replace=True)
