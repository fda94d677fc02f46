"""Which processor this is, and what of its arithmetic matters to a network."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_ARITHMETIC = ("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_fp16")


@cache
def identity() -> str:
    """The processor's name and all that it announces: two machines of the same identity compute alike."""
    return "; ".join((_name(), *sorted(_announced()))) or platform.machine()


def described() -> str:
    """The processor's name and the arithmetic that it announces, in one line."""
    features = [name for name in _ARITHMETIC if name in _announced()]
    return ", ".join((_name() or platform.machine(), *features))


def _name() -> str:
    return _fields().get("model name", "") or platform.processor()


def _announced() -> frozenset[str]:
    return frozenset(_fields().get("flags", "").split())


@cache
def _fields() -> dict[str, str]:
    """Of the first processor, as Linux lists it; nothing elsewhere."""
    try:
        text = _CPUINFO.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
