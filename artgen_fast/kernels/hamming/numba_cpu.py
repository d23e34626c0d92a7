"""The Hamming kernel compiled by Numba for the CPU it runs on: XOR, population count, add.

Work is cut into blocks of query rows, which threads take one at a time. Every running answer is a key,
``distance << 32 | index``, so the smallest key is the nearest row, ties go to the lowest index, and the order in which
blocks finish cannot matter.

Rows are always compared whole: the ``pruning`` that other backends act on changes no answer and is not used here.
"""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, read_only
from artgen_fast.kernels.numba_threads import share_blocks, workers_for
from artgen_fast.kernels.numba_tiles import BLOCK_ROWS, block_distances

NO_KEY = np.iinfo(np.int64).max
"""Greater than every key: no neighbour yet."""

INDEX_BITS = 32
_INDEX_MASK = (1 << INDEX_BITS) - 1


@compiled
def _keep(key: np.int64, keys: Int64Array) -> None:
    """Put a key among the sorted smallest keys of a row, if it is one of them."""
    slot = len(keys) - 1
    if key >= keys[slot]:
        return
    while slot > 0 and keys[slot - 1] > key:
        keys[slot] = keys[slot - 1]
        slot -= 1
    keys[slot] = key


@compiled
def _search_block(
    queries: UInt64Array,
    first_query: int,
    targets: UInt64Array,
    exclude_self: bool,
    row_keys: Int64Array,
    column_keys: Int64Array,
    counts: Int64Array,
) -> None:
    """Compare one block of queries with all targets.

    ``row_keys`` (queries, k), ``column_keys`` (targets,) and ``counts`` (distances,) are updated; the ones that are
    not asked for have no elements (k = 0).
    """
    block = np.empty((BLOCK_ROWS, BLOCK_ROWS), dtype=np.int32)
    n_queries = min(BLOCK_ROWS, len(queries) - first_query)
    for first_target in range(0, len(targets), BLOCK_ROWS):
        block_distances(queries, first_query, targets, first_target, block)
        n_targets = min(BLOCK_ROWS, len(targets) - first_target)
        for i in range(n_queries):
            query = first_query + i
            for j in range(n_targets):
                target = first_target + j
                if exclude_self and query == target:
                    continue
                distance = np.int64(block[i, j])
                if row_keys.shape[1]:
                    _keep(distance << INDEX_BITS | target, row_keys[query])
                if len(column_keys):
                    column_keys[target] = min(column_keys[target], distance << INDEX_BITS | query)
                if len(counts):
                    counts[distance] += 1


@compiled
def _symmetric_block(rows: UInt64Array, first_row: int, keys: Int64Array, counts: Int64Array) -> None:
    """Compare one block of rows with itself and with all later rows, each pair once.

    ``keys`` (rows, k) and ``counts`` (distances,) are updated as in `_search_block`.
    """
    block = np.empty((BLOCK_ROWS, BLOCK_ROWS), dtype=np.int32)
    n_rows = min(BLOCK_ROWS, len(rows) - first_row)
    for first_other in range(first_row, len(rows), BLOCK_ROWS):
        block_distances(rows, first_row, rows, first_other, block)
        n_others = min(BLOCK_ROWS, len(rows) - first_other)
        for i in range(n_rows):
            row = first_row + i
            for j in range(i + 1 if first_other == first_row else 0, n_others):
                other = first_other + j
                distance = np.int64(block[i, j])
                if keys.shape[1]:
                    _keep(distance << INDEX_BITS | other, keys[row])
                    _keep(distance << INDEX_BITS | row, keys[other])
                if len(counts):
                    counts[distance] += 1


@compiled
def _merge(keys: Int64Array) -> Int64Array:
    """The smallest keys over all workers, (rows, k), from those of each worker, (workers, rows, k)."""
    merged: Int64Array = keys[0]
    for worker in range(1, len(keys)):
        for row in range(merged.shape[0]):
            for key in keys[worker, row]:
                _keep(key, merged[row])
    return merged


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
    queries, targets = read_only(queries), read_only(targets)
    keys = np.full((len(queries), k), NO_KEY)
    nothing = np.empty(0, dtype=np.int64)

    def compare(worker: int, first_query: int) -> None:
        _search_block(queries, first_query, targets, exclude_self, keys, nothing, nothing)

    share_blocks(len(queries), BLOCK_ROWS, threads, compare)
    return _distances_and_indices(keys)


def within(
    rows: UInt64Array,
    k: int,
    with_histogram: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Int32Array, Int64Array, Int64Array | None]:
    """The k nearest other rows of each row, and the histogram if asked for."""
    rows = read_only(rows)
    workers = workers_for(len(rows), BLOCK_ROWS, threads)
    keys = np.full((workers, len(rows), k), NO_KEY)
    counts = _counts(workers, rows, with_histogram)

    def compare(worker: int, first_row: int) -> None:
        _symmetric_block(rows, first_row, keys[worker], counts[worker])

    share_blocks(len(rows), BLOCK_ROWS, threads, compare)
    return *_distances_and_indices(_merge(keys)), counts.sum(axis=0) if with_histogram else None


def cross(
    queries: UInt64Array,
    targets: UInt64Array,
    with_histogram: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Int32Array, Int64Array, Int32Array, Int64Array, Int64Array | None]:
    """Nearest target of each query and nearest query of each target; the lowest index wins a tie."""
    queries, targets = read_only(queries), read_only(targets)
    workers = workers_for(len(queries), BLOCK_ROWS, threads)
    row_keys = np.full((len(queries), 1), NO_KEY)
    column_keys = np.full((workers, len(targets)), NO_KEY)
    counts = _counts(workers, queries, with_histogram)

    def compare(worker: int, first_query: int) -> None:
        _search_block(queries, first_query, targets, False, row_keys, column_keys[worker], counts[worker])

    share_blocks(len(queries), BLOCK_ROWS, threads, compare)
    row_minima = _distances_and_indices(row_keys[:, 0])
    column_minima = _distances_and_indices(column_keys.min(axis=0))
    return *row_minima, *column_minima, counts.sum(axis=0) if with_histogram else None


def histogram(
    queries: UInt64Array, targets: UInt64Array | None, instruction_set: str = "", threads: int = 1
) -> Int64Array:
    """Number of pairs at each distance 0 … 64·words; without targets, each unordered pair of queries once."""
    queries = read_only(queries)
    others = None if targets is None else read_only(targets)
    counts = _counts(workers_for(len(queries), BLOCK_ROWS, threads), queries, True)
    no_keys = np.empty((len(queries), 0), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)

    def compare(worker: int, first_query: int) -> None:
        if others is None:
            _symmetric_block(queries, first_query, no_keys, counts[worker])
        else:
            _search_block(queries, first_query, others, False, no_keys, nothing, counts[worker])

    share_blocks(len(queries), BLOCK_ROWS, threads, compare)
    total: Int64Array = counts.sum(axis=0)
    return total


def _counts(workers: int, rows: UInt64Array, asked_for: bool) -> Int64Array:
    """Zero counts of each worker, one a distance 0 … 64·words; no columns if they are not asked for."""
    return np.zeros((workers, 64 * rows.shape[1] + 1 if asked_for else 0), dtype=np.int64)


def _distances_and_indices(keys: Int64Array) -> tuple[Int32Array, Int64Array]:
    return (keys >> INDEX_BITS).astype(np.int32), keys & _INDEX_MASK
