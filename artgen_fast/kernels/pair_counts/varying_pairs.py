"""How many pairs of sites have an r², without going through them."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Int64Array


def varying_pairs(counts: Int64Array, n_haplotypes: int, edges: Int64Array) -> Int64Array:
    """Pairs of different varying sites of each two bins, int64 of shape (bins, bins).

    Bin ``b`` holds the sites ``edges[b]`` … ``edges[b + 1] - 1``; each pair counts once, in both triangles.
    """
    varying_before = np.concatenate([[0], np.cumsum((counts > 0) & (counts < n_haplotypes))])
    varying = np.diff(varying_before[edges])
    pairs: Int64Array = np.outer(varying, varying)
    np.fill_diagonal(pairs, varying * (varying - 1) // 2)
    return pairs
