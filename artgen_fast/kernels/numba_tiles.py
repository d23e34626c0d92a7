"""Hamming distances of two blocks of rows, in tiles of four rows by four whose sums stay in registers."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Int32Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, population_count

BLOCK_ROWS = 64
"""Rows of queries, and of targets, whose distances are computed together; a multiple of 4, the side of a tile."""

CHUNK_WORDS = 256
"""Words of each row (2 KiB) taken at a time, so that the eight rows of a tile stay in the L1 cache."""


@compiled
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


@compiled
def block_distances(
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
