"""Longest stretches around hidden sites, plainly: what the other backends must equal, ties included.

Every query is compared with every target around every site, so this is for small panels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


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
    lengths = np.zeros((len(queries), len(hidden), k), dtype=np.int32)
    nearest = np.zeros_like(lengths)
    sites = np.arange(len(observed))
    for i, query in enumerate(queries):
        bits = np.unpackbits((targets ^ query).view(np.uint8), axis=1, count=len(observed), bitorder="little")
        alike = bits == 0
        for j, site in enumerate(hidden):
            contig = np.searchsorted(bounds, site, side="right") - 1
            within = observed & (sites >= bounds[contig]) & (sites < bounds[contig + 1])
            left = alike[:, within & (sites < site)][:, ::-1]
            right = alike[:, within & (sites > site)]
            length = sum(np.logical_and.accumulate(side, axis=1).sum(axis=1) for side in (left, right))
            order = np.argsort(-length, kind="stable")[:k]
            lengths[i, j], nearest[i, j] = length[order], order
    return lengths, nearest
