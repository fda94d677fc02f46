"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd")
_LIBRARIES = ("openvino", "onnxruntime", "aiogram", "numpy", "pillow")


def describe_machine() -> dict[str, object]:
    """Processor, its features that matter to networks, cores, memory, load, and the versions that were used."""
    processor, features = _processor()
    return {
        "processor": processor,
        "features": features,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
    }


def _processor() -> tuple[str, list[str]]:
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return platform.processor() or platform.machine(), []
    lines = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    found = {name.strip(): value.strip() for name, value in lines.items()}
    flags = set(found.get("flags", found.get("Features", "")).split())
    return found.get("model name", platform.machine()), [name for name in _FEATURES if name in flags]
