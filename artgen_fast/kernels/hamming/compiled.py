"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels import dispatch


def _search(
    queries: UInt64Array,
    targets: UInt64Array | None,
    query_neighbours: int,
    target_neighbours: int,
    exclude_self: bool,
    histogram: bool,
    pruning: bool | None,
    instruction_set: str,
    threads: int,
) -> Any:
    core: Any = dispatch.compiled_module()
    return core.hamming_search(
        queries,
        targets,
        query_neighbours,
        target_neighbours,
        exclude_self,
        histogram,
        pruning,
        instruction_set,
        threads,
    )


def nearest(
    queries: UInt64Array,
    targets: UInt64Array,
    k: int,
    exclude_self: bool,
    pruning: bool | None,
    instruction_set: str,
    threads: int,
) -> tuple[Int32Array, Int64Array]:
    """The k nearest targets of each query."""
    of_queries, _, _ = _search(queries, targets, k, 0, exclude_self, False, pruning, instruction_set, threads)
    distances, indices = of_queries
    return distances, indices


def within(
    rows: UInt64Array, k: int, with_histogram: bool, pruning: bool | None, instruction_set: str, threads: int
) -> tuple[Int32Array, Int64Array, Int64Array | None]:
    """The k nearest other rows of each row, and the histogram if asked for."""
    of_queries, _, counts = _search(rows, None, k, k, False, with_histogram, pruning, instruction_set, threads)
    distances, indices = of_queries
    return distances, indices, counts


def cross(
    queries: UInt64Array,
    targets: UInt64Array,
    with_histogram: bool,
    pruning: bool | None,
    instruction_set: str,
    threads: int,
) -> tuple[Int32Array, Int64Array, Int32Array, Int64Array, Int64Array | None]:
    """Nearest target of each query and nearest query of each target, and the histogram if asked for."""
    of_queries, of_targets, counts = _search(
        queries, targets, 1, 1, False, with_histogram, pruning, instruction_set, threads
    )
    (row_distances, row_indices), (column_distances, column_indices) = of_queries, of_targets
    return row_distances[:, 0], row_indices[:, 0], column_distances[:, 0], column_indices[:, 0], counts


def histogram(queries: UInt64Array, targets: UInt64Array | None, instruction_set: str, threads: int) -> Int64Array:
    """Number of pairs at each distance; without targets, each unordered pair of queries once."""
    _, _, counts = _search(queries, targets, 0, 0, False, True, None, instruction_set, threads)
    result: Int64Array = counts
    return result
