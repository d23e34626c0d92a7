"""What the CPU calls itself."""

from __future__ import annotations

import platform
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")


def cpu_model() -> str:
    """Model name of the CPU, as Linux gives it; elsewhere what Python knows, at least the architecture."""
    return _field("model name") or platform.processor() or platform.machine()


def cpu_flags() -> frozenset[str]:
    """Features of the CPU by Linux's names (``avx2``, ``avx512_vpopcntdq``, ``amx_int8``, …); empty elsewhere."""
    return frozenset((_field("flags") or "").split())


def _field(name: str) -> str | None:
    """The first value of a field of /proc/cpuinfo."""
    try:
        text = _CPU_INFO.read_text("utf-8", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None
