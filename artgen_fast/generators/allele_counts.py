"""Counts of the alternative allele at each site of a packed panel."""

from __future__ import annotations

import numpy as np

from artgen_fast.haplotypes import Haplotypes, Int64Array


def alternative_counts(haplotypes: Haplotypes) -> Int64Array:
    """Number of rows that carry the alternative allele, int64 of shape (sites,)."""
    counts = np.zeros(haplotypes.n_sites, dtype=np.int64)
    for _, alleles in haplotypes.allele_blocks():
        counts += alleles.sum(axis=0, dtype=np.int64)
    return counts
