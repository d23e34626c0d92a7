"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.shared_haplotypes.division import division


def longest_shared(
    queries: UInt64Array, targets: UInt64Array, positions: Int64Array, bounds: Int64Array, threads: int = 1
) -> tuple[Int32Array, Int64Array, Int64Array, Int64Array]:
    """Sites and base pairs of the longest stretches of each query, first site and target of the one of most sites."""
    core: Any = dispatch.compiled_module()
    cuts, edges = division(len(queries), len(targets), bounds, threads)
    found: tuple[Int32Array, Int64Array, Int64Array, Int64Array] = core.shared_haplotypes_longest(
        queries, targets, positions, bounds, cuts, edges, threads
    )
    return found
