"""The Hamming kernel compiled by Numba for the CPU it runs on: XOR, population count, add.

Work is cut into blocks of query rows, which threads take one at a time. The compiled functions hold no GIL and are
called from Python threads: Numba's own thread pools abort the process when two Python threads enter them, or after a
fork. Every running answer is a key, ``distance << 32 | index``, so the smallest key is the nearest row, ties go to the
lowest index, and the order in which blocks finish cannot matter.

Rows are always compared whole: the ``pruning`` that other backends act on changes no answer and is not used here.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import intrinsic

UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

BLOCK_ROWS = 64
"""Rows of queries, and of targets, whose distances are computed together; a multiple of 4, the side of a tile."""

CHUNK_WORDS = 256
"""Words of each row (2 KiB) taken at a time, so that the eight rows of a tile stay in the L1 cache."""

NO_KEY = np.iinfo(np.int64).max
"""Greater than every key: no neighbour yet."""

INDEX_BITS = 32
_INDEX_MASK = (1 << INDEX_BITS) - 1

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile at first call, and keep the machine code on disk where Numba finds a folder for it."""
    compiled: Callable[Arguments, Result]
    try:
        compiled = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache folder can be written
        compiled = numba.njit(nogil=True)(function)
    return compiled


def _population_count(typing_context: Any, word: Any) -> Any:
    """Number of bits that are 1, by the CPU's own instruction (vectorised where it has one for vectors)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return numba.uint64(numba.uint64), generate


population_count = intrinsic(_population_count)


@_compiled
def _add_tile(
    queries: UInt64Array,
    query: int,
    targets: UInt64Array,
    target: int,
    start: int,
    stop: int,
    block: Int32Array,
    i: int,
    j: int,
) -> None:
    """Add the distances over words [start, stop) between four queries and four targets to ``block`` from (i, j) on.

    Past a panel's last row that row is repeated: those distances mean nothing, and callers leave them out.
    """
    # Unsigned indices, since Numba would test signed ones for being negative at every word.
    last_query, last_target = np.uint64(len(queries) - 1), np.uint64(len(targets) - 1)
    q0, t0 = np.uint64(query), np.uint64(target)
    q1, t1 = min(q0 + np.uint64(1), last_query), min(t0 + np.uint64(1), last_target)
    q2, t2 = min(q0 + np.uint64(2), last_query), min(t0 + np.uint64(2), last_target)
    q3, t3 = min(q0 + np.uint64(3), last_query), min(t0 + np.uint64(3), last_target)
    # Sixteen sums in registers: an array of sums would be stored and loaded for every word.
    s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = np.uint64(0)
    s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = np.uint64(0)
    for word in range(np.uint64(start), np.uint64(stop)):
        s00 += population_count(queries[q0, word] ^ targets[t0, word])
        s01 += population_count(queries[q0, word] ^ targets[t1, word])
        s02 += population_count(queries[q0, word] ^ targets[t2, word])
        s03 += population_count(queries[q0, word] ^ targets[t3, word])
        s10 += population_count(queries[q1, word] ^ targets[t0, word])
        s11 += population_count(queries[q1, word] ^ targets[t1, word])
        s12 += population_count(queries[q1, word] ^ targets[t2, word])
        s13 += population_count(queries[q1, word] ^ targets[t3, word])
        s20 += population_count(queries[q2, word] ^ targets[t0, word])
        s21 += population_count(queries[q2, word] ^ targets[t1, word])
        s22 += population_count(queries[q2, word] ^ targets[t2, word])
        s23 += population_count(queries[q2, word] ^ targets[t3, word])
        s30 += population_count(queries[q3, word] ^ targets[t0, word])
        s31 += population_count(queries[q3, word] ^ targets[t1, word])
        s32 += population_count(queries[q3, word] ^ targets[t2, word])
        s33 += population_count(queries[q3, word] ^ targets[t3, word])
    block[i, j] += s00
    block[i, j + 1] += s01
    block[i, j + 2] += s02
    block[i, j + 3] += s03
    block[i + 1, j] += s10
    block[i + 1, j + 1] += s11
    block[i + 1, j + 2] += s12
    block[i + 1, j + 3] += s13
    block[i + 2, j] += s20
    block[i + 2, j + 1] += s21
    block[i + 2, j + 2] += s22
    block[i + 2, j + 3] += s23
    block[i + 3, j] += s30
    block[i + 3, j + 1] += s31
    block[i + 3, j + 2] += s32
    block[i + 3, j + 3] += s33


@_compiled
def _block_distances(
    queries: UInt64Array, first_query: int, targets: UInt64Array, first_target: int, block: Int32Array
) -> None:
    """Fill ``block`` with the distances between the queries and the targets that start at the given rows."""
    n_queries = min(BLOCK_ROWS, len(queries) - first_query)
    n_targets = min(BLOCK_ROWS, len(targets) - first_target)
    block[:] = 0
    for start in range(0, queries.shape[1], CHUNK_WORDS):
        stop = min(start + CHUNK_WORDS, queries.shape[1])
        for j in range(0, n_targets, 4):
            for i in range(0, n_queries, 4):
                _add_tile(queries, first_query + i, targets, first_target + j, start, stop, block, i, j)


@_compiled
def _keep(key: np.int64, keys: Int64Array) -> None:
    """Put a key among the sorted smallest keys of a row, if it is one of them."""
    slot = len(keys) - 1
    if key >= keys[slot]:
        return
    while slot > 0 and keys[slot - 1] > key:
        keys[slot] = keys[slot - 1]
        slot -= 1
    keys[slot] = key


@_compiled
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
        _block_distances(queries, first_query, targets, first_target, block)
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


@_compiled
def _symmetric_block(rows: UInt64Array, first_row: int, keys: Int64Array, counts: Int64Array) -> None:
    """Compare one block of rows with itself and with all later rows, each pair once.

    ``keys`` (rows, k) and ``counts`` (distances,) are updated as in `_search_block`.
    """
    block = np.empty((BLOCK_ROWS, BLOCK_ROWS), dtype=np.int32)
    n_rows = min(BLOCK_ROWS, len(rows) - first_row)
    for first_other in range(first_row, len(rows), BLOCK_ROWS):
        _block_distances(rows, first_row, rows, first_other, block)
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


@_compiled
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
    queries, targets = _read_only(queries), _read_only(targets)
    keys = np.full((len(queries), k), NO_KEY)
    nothing = np.empty(0, dtype=np.int64)

    def compare(worker: int, first_query: int) -> None:
        _search_block(queries, first_query, targets, exclude_self, keys, nothing, nothing)

    _share_blocks(len(queries), threads, compare)
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
    rows = _read_only(rows)
    workers = _workers(len(rows), threads)
    keys = np.full((workers, len(rows), k), NO_KEY)
    counts = _counts(workers, rows, with_histogram)

    def compare(worker: int, first_row: int) -> None:
        _symmetric_block(rows, first_row, keys[worker], counts[worker])

    _share_blocks(len(rows), threads, compare)
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
    queries, targets = _read_only(queries), _read_only(targets)
    workers = _workers(len(queries), threads)
    row_keys = np.full((len(queries), 1), NO_KEY)
    column_keys = np.full((workers, len(targets)), NO_KEY)
    counts = _counts(workers, queries, with_histogram)

    def compare(worker: int, first_query: int) -> None:
        _search_block(queries, first_query, targets, False, row_keys, column_keys[worker], counts[worker])

    _share_blocks(len(queries), threads, compare)
    row_minima = _distances_and_indices(row_keys[:, 0])
    column_minima = _distances_and_indices(column_keys.min(axis=0))
    return *row_minima, *column_minima, counts.sum(axis=0) if with_histogram else None


def histogram(
    queries: UInt64Array, targets: UInt64Array | None, instruction_set: str = "", threads: int = 1
) -> Int64Array:
    """Number of pairs at each distance 0 … 64·words; without targets, each unordered pair of queries once."""
    queries = _read_only(queries)
    others = None if targets is None else _read_only(targets)
    counts = _counts(_workers(len(queries), threads), queries, True)
    no_keys = np.empty((len(queries), 0), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)

    def compare(worker: int, first_query: int) -> None:
        if others is None:
            _symmetric_block(queries, first_query, no_keys, counts[worker])
        else:
            _search_block(queries, first_query, others, False, no_keys, nothing, counts[worker])

    _share_blocks(len(queries), threads, compare)
    total: Int64Array = counts.sum(axis=0)
    return total


def _read_only(rows: UInt64Array) -> UInt64Array:
    """The rows as a read-only view, so that maps, read-only and writable arrays share one compiled function."""
    view = np.asarray(rows).view()
    view.flags.writeable = False
    return view


def _counts(workers: int, rows: UInt64Array, asked_for: bool) -> Int64Array:
    """Zero counts of each worker, one a distance 0 … 64·words; no columns if they are not asked for."""
    return np.zeros((workers, 64 * rows.shape[1] + 1 if asked_for else 0), dtype=np.int64)


def _distances_and_indices(keys: Int64Array) -> tuple[Int32Array, Int64Array]:
    return (keys >> INDEX_BITS).astype(np.int32), keys & _INDEX_MASK


def _workers(n_rows: int, threads: int) -> int:
    """Threads that get at least one block."""
    return max(1, min(threads, -(-n_rows // BLOCK_ROWS)))


def _share_blocks(n_rows: int, threads: int, compare: Callable[[int, int], None]) -> None:
    """Call ``compare(worker, first_row)`` once for each block of rows, on as many threads as get one."""
    blocks: SimpleQueue[int] = SimpleQueue()
    for first_row in range(0, n_rows, BLOCK_ROWS):
        blocks.put(first_row)

    def take_blocks(worker: int) -> None:
        while True:
            try:
                first_row = blocks.get_nowait()
            except Empty:
                return
            compare(worker, first_row)

    workers = _workers(n_rows, threads)
    if workers == 1:
        take_blocks(0)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            for _ in pool.map(take_blocks, range(workers)):
                pass
        except BaseException:
            # Leave nothing to do for the other threads, so that an interrupt ends the search at once.
            while not blocks.empty():
                blocks.get()
            raise
