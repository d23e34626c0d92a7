"""How many haplotypes carry the ALT allele at each site."""

from __future__ import annotations

import numpy as np

from artgen_fast.haplotypes import Haplotypes, Int64Array

_ROWS_PER_BYTE_SUM = 255
"""Rows of 0 and 1 whose sum still fits a byte, in which NumPy adds fastest."""


def allele_counts(haplotypes: Haplotypes) -> Int64Array:
    """Number of ALT alleles at each site, int64 of shape (sites,)."""
    counts = np.zeros(haplotypes.n_sites, dtype=np.int64)
    for _, alleles in haplotypes.allele_blocks():
        for start in range(0, len(alleles), _ROWS_PER_BYTE_SUM):
            counts += alleles[start : start + _ROWS_PER_BYTE_SUM].sum(axis=0, dtype=np.uint8)
    return counts
