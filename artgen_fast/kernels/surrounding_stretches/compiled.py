"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import BoolArray, Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.surrounding_stretches.layout import Layout


def longest_around(
    queries: UInt64Array,
    targets: UInt64Array,
    observed: BoolArray,
    hidden: Int64Array,
    bounds: Int64Array,
    k: int,
    threads: int = 1,
) -> tuple[Int32Array, Int32Array]:
    """Lengths and targets of the k longest stretches, int32 of shape (queries, hidden sites, k) each."""
    core: Any = dispatch.compiled_module()
    found: tuple[Int32Array, Int32Array] = core.surrounding_stretches_longest(
        queries, targets, *Layout.of(observed, hidden, bounds), k, threads
    )
    return found
