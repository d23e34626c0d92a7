"""Hamming distances and nearest neighbours, plainly: what every other backend must equal, bit for bit.

The functions take the same arguments as those of the other backends; pruning, instruction set and threads mean nothing
here. They hold all distances at once, so they are for small panels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


def distances(queries: UInt64Array, targets: UInt64Array) -> Int32Array:
    """All Hamming distances, int32 of shape (queries, targets)."""
    table = np.empty((len(queries), len(targets)), dtype=np.int32)
    for i, query in enumerate(queries):
        table[i] = np.bitwise_count(targets ^ query).sum(axis=1)
    return table


def nearest(
    queries: UInt64Array,
    targets: UInt64Array,
    k: int,
    exclude_self: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Int32Array, Int64Array]:
    """The k nearest targets of each query: smallest distance first, then lowest index."""
    table = distances(queries, targets).astype(np.int64)
    if exclude_self:
        np.fill_diagonal(table, np.iinfo(np.int64).max)
    order = np.argsort(table, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(table, order, axis=1).astype(np.int32), order.astype(np.int64)


def within(
    rows: UInt64Array,
    k: int,
    with_histogram: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Int32Array, Int64Array, Int64Array | None]:
    """The k nearest other rows of each row, and the histogram if asked for."""
    neighbours = nearest(rows, rows, k, exclude_self=True)
    return *neighbours, histogram(rows, None) if with_histogram else None


def cross(
    queries: UInt64Array,
    targets: UInt64Array,
    with_histogram: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Int32Array, Int64Array, Int32Array, Int64Array, Int64Array | None]:
    """Nearest target of each query and nearest query of each target; the lowest index wins a tie."""
    table = distances(queries, targets)
    row_index = table.argmin(axis=1)
    column_index = table.argmin(axis=0)
    counts = histogram(queries, targets) if with_histogram else None
    return table.min(axis=1), row_index.astype(np.int64), table.min(axis=0), column_index.astype(np.int64), counts


def histogram(
    queries: UInt64Array, targets: UInt64Array | None, instruction_set: str = "", threads: int = 1
) -> Int64Array:
    """Number of pairs at each distance 0 … 64·words; without targets, each unordered pair of queries once."""
    table = distances(queries, queries if targets is None else targets)
    pairs = table[np.triu_indices(len(queries), 1)] if targets is None else table.ravel()
    return np.bincount(pairs, minlength=64 * queries.shape[1] + 1).astype(np.int64)
