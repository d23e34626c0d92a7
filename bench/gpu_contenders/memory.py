"""Memory of the device that contenders take."""

from __future__ import annotations

from collections.abc import Sequence

import cupy
import torch
from rounds import Entry


def peak_bytes(entries: Sequence[Entry]) -> dict[str, int]:
    """Most bytes that torch holds in one run of each, and CuPy's pool after it; with what lies there before."""
    found = {}
    for entry in entries:
        cupy.get_default_memory_pool().free_all_blocks()
        torch.cuda.reset_peak_memory_stats()
        entry.run()
        pool = cupy.get_default_memory_pool().total_bytes()
        found[f"peak bytes of {entry.contender}"] = torch.cuda.max_memory_allocated() + pool
    return found
