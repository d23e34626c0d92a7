"""Pairs of sites to sample, sorted by the first site, then by the second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from cases import SEED

from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.sites.pairs import sample_pairs

Int64Array = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Indices of sites, int64 of shape (pairs,) each."""

    first: Int64Array
    second: Int64Array


def chains(panel: Haplotypes, n_pairs: int) -> Pairs:
    """Non-overlapping contiguous pairs of varying sites at gaps of 1, 2, 4, …, equally many a gap.

    Chains from random starts, as often as it takes: where a gap has fewer pairs than are wanted they
    repeat, all 65,534 pairs of neighbours several times. Seams between contigs are ignored, so that no pair is dropped.
    """
    counts = panel.allele_counts()
    varying = np.flatnonzero((counts > 0) & (counts < len(panel)))
    rng = np.random.default_rng(SEED)
    n_gaps = (len(varying) - 1).bit_length()
    drawn = []
    for gap in 1 << np.arange(n_gaps):
        found = 0
        while found < -(-n_pairs // n_gaps):
            chain = varying[rng.integers(min(gap, len(varying) - gap)) :: gap]
            drawn.append(chain[:-1] * panel.n_sites + chain[1:])
            found += len(chain) - 1
    return Pairs(*np.divmod(np.sort(np.concatenate(drawn)), panel.n_sites))


def different_chains(panel: Haplotypes, n_pairs: int) -> Pairs:
    """Such pairs as ``artgen evaluate`` draws them: no pair twice, so that there are fewer where a gap has fewer."""
    one_contig = Haplotypes(panel.packed, panel.n_sites, Sites.numbered(panel.n_sites), Samples.synthetic(len(panel)))
    drawn = sample_pairs(one_contig, SEED, -(-n_pairs // (panel.n_sites - 1).bit_length()))
    return Pairs(drawn.first, drawn.second)


def distinct(panel: Haplotypes, n_pairs: int) -> Pairs:
    """Different pairs, uniform in the logarithm of their gap as far as short gaps have enough of them."""
    n = panel.n_sites
    if n_pairs > n * (n - 1) // 4:
        raise ValueError(f"at most half of the {n * (n - 1) // 2} pairs of sites can be drawn; got {n_pairs}")
    rng = np.random.default_rng(SEED)
    keys = np.empty(0, dtype=np.int64)
    while len(keys) < n_pairs:
        gap = np.exp(rng.uniform(0, np.log(n), n_pairs)).astype(np.int64)
        first = (rng.random(n_pairs) * (n - gap)).astype(np.int64)
        keys = np.union1d(keys, first * n + first + gap)
    return Pairs(*np.divmod(np.sort(rng.choice(keys, n_pairs, replace=False)), n))
