"""r² of sampled pairs of sites on the device: ours, and CuPy's gather, AND and popcount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cupy
import numpy as np
from rounds import Entry

import artgen_fast
from artgen_fast.kernels import pair_counts
from gpu_contenders.nearest_both_ways import random_panel
from gpu_contenders.timing import entry

_ONES = cupy.ElementwiseKernel("uint64 x", "int32 y", "y = __popcll(x)", "ones")
_PAIRS_AT_A_TIME = 1 << 18


def entries(n_haplotypes: int, n_sites: int, n_pairs: int) -> Iterator[Entry]:
    """Every contender, of pairs that are drawn sorted by their first site."""
    words = 8 * -(-n_haplotypes // 512)
    bits = random_panel(n_sites, words, 3)
    counts = _ONES(bits).sum(axis=1, dtype=cupy.int64)
    n = 64 * words
    whole_words, size = np.array([0, words]), np.array([n])
    panel = pair_counts.SiteMajor(bits, whole_words, size, counts.astype(cupy.int32)[:, None])
    random = cupy.random.RandomState(4)
    first = cupy.sort(random.randint(0, n_sites, size=n_pairs, dtype=cupy.int64))
    second = random.randint(0, n_sites, size=n_pairs, dtype=cupy.int64)
    on_host = first.get(), second.get()

    def gathered() -> Any:
        values = cupy.empty(n_pairs)
        for begin in range(0, n_pairs, _PAIRS_AT_A_TIME):
            i, j = (each[begin : begin + _PAIRS_AT_A_TIME] for each in (first, second))
            joint = _ONES(bits[i] & bits[j]).sum(axis=1, dtype=cupy.int64)
            p, q = counts[i], counts[j]
            covariance = (n * joint - p * q).astype(cupy.float64)
            variances = (p * (n - p)).astype(cupy.float64) * (q * (n - q)).astype(cupy.float64)
            values[begin : begin + _PAIRS_AT_A_TIME] = covariance * covariance / variances
        return values

    for name, pairs in (("artgen_fast", (first, second)), ("artgen_fast, pairs from the host", on_host)):
        ours = entry(
            name, artgen_fast.__version__, lambda pairs=pairs: pair_counts.r2(panel, *pairs), lambda found: found
        )
        yield ours._replace(units=n_pairs)
    yield entry("cupy gathers", cupy.__version__, gathered, lambda found: found)._replace(units=n_pairs)
