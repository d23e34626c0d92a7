"""How a search of shared stretches is divided between threads."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Int64Array

_PARTS_PER_THREAD = 4


def division(n_queries: int, n_targets: int, bounds: Int64Array, threads: int) -> tuple[Int64Array, Int64Array]:
    """Divide the contigs into parts, and the queries into chunks: a task is a part of a chunk.

    What is found does not depend on it.

    Returns
    -------
    cuts : int64 array of shape (parts + 1,)
        Part ``p`` holds the contigs ``cuts[p]`` … ``cuts[p + 1] - 1``.
    edges : int64 array of shape (chunks + 1,)
        Chunk ``c`` holds the queries ``edges[c]`` … ``edges[c + 1] - 1``.
    """
    cuts = _cuts(bounds, _PARTS_PER_THREAD * threads)
    return cuts, _edges(n_queries, n_targets, len(cuts) - 1, threads)


def _cuts(bounds: Int64Array, most: int) -> Int64Array:
    """Runs of whole contigs of about equally many sites, at most ``most`` of them."""
    size = -(-int(bounds[-1]) // most)
    # A contig goes to the part in which its middle lies.
    part = (bounds[:-1] + bounds[1:]) // 2 // size
    return np.concatenate([[0], np.flatnonzero(np.diff(part)) + 1, [len(bounds) - 1]]).astype(np.int64)


def _edges(n_queries: int, n_targets: int, n_parts: int, threads: int) -> Int64Array:
    """The queries cut so that all threads together are soonest done, given that every chunk follows all targets."""
    tasks = {
        count: -(-n_parts * count // threads) * (n_targets + n_queries / count)
        for count in range(1, min(threads, n_queries) + 1)
    }
    count = min(tasks, key=lambda count: tasks[count], default=1)
    return np.linspace(0, n_queries, count + 1).astype(np.int64)
