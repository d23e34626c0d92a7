"""Longest shared stretches, plainly: what the other backends must equal, bit for bit.

Every query is compared with every target at every site, so this is for small panels.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


def longest_shared(
    queries: UInt64Array, targets: UInt64Array, positions: Int64Array, bounds: Int64Array, threads: int = 1
) -> tuple[Int32Array, Int64Array, Int64Array, Int64Array]:
    """Sites and base pairs of the longest stretches of each query, first site and target of the one of most sites."""
    n_queries, n_sites = len(queries), len(positions)
    sites, base_pairs = np.zeros(n_queries, dtype=np.int32), np.zeros(n_queries, dtype=np.int64)
    begin, target = np.full(n_queries, -1, dtype=np.int64), np.full(n_queries, -1, dtype=np.int64)
    for query in range(n_queries):
        differs = np.unpackbits((targets ^ queries[query]).view(np.uint8), axis=1, count=n_sites, bitorder="little")
        lengths = np.zeros((len(targets), n_sites), dtype=np.int64)
        for first, end in itertools.pairwise(bounds):
            length = np.zeros(len(targets), dtype=np.int64)
            for site in range(first, end):
                length = np.where(differs[:, site], 0, length + 1)
                lengths[:, site] = length
        longest = lengths.max(axis=0)
        if not longest.any():
            continue
        starts = np.arange(n_sites) - longest + 1
        last = int(longest.argmax())
        sites[query], begin[query] = longest[last], starts[last]
        target[query] = int(np.argmax(lengths[:, last] == longest[last]))
        shared = longest > 0
        base_pairs[query] = int((positions[shared] - positions[starts[shared]]).max())
    return sites, base_pairs, begin, target
