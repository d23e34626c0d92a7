"""Kernels on bit-packed haplotypes, each with a plain reference and fast backends that equal it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgen_fast.kernels import (
        bit_product,
        gibbs,
        hamming,
        identical_haplotypes,
        pair_counts,
        shared_haplotypes,
        surrounding_stretches,
    )

__all__ = [
    "bit_product",
    "gibbs",
    "hamming",
    "identical_haplotypes",
    "pair_counts",
    "shared_haplotypes",
    "surrounding_stretches",
]


def __dir__() -> list[str]:
    # Kernels are loaded at first use: without this, those not yet used would not be listed.
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f"artgen_fast.kernels.{name}")
    raise AttributeError(f"module 'artgen_fast.kernels' has no attribute '{name}'")
