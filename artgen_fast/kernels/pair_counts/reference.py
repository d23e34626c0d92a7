"""Counts of alleles at sites, pairs and triplets of sites, plainly: what every other backend must equal, bit for bit.

The functions take the same arguments as those of the other backends; instruction set and threads mean nothing here.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]

R2_UNIT = 2.0**30
"""Sums of r² are kept in whole numbers of 2⁻³⁰, so that they do not depend on the order of adding."""


def transpose(
    rows: UInt64Array, n_columns: int, row_of_bit: Int64Array, instruction_set: str = "", threads: int = 1
) -> UInt64Array:
    """Columns as rows: bit ``b`` of row ``j`` is bit ``j`` of row ``row_of_bit[b]``, or 0 where that is -1."""
    alleles = np.unpackbits(rows.view(np.uint8), axis=1, count=n_columns, bitorder="little")
    spread = np.zeros((n_columns, len(row_of_bit)), dtype=np.uint8)
    held = row_of_bit >= 0
    spread[:, held] = alleles[row_of_bit[held]].T
    return np.packbits(spread, axis=1, bitorder="little").view(np.uint64)


def allele_counts(rows: UInt64Array, n_sites: int, instruction_set: str = "", threads: int = 1) -> Int64Array:
    """Rows that have a 1 at each site."""
    alleles = np.unpackbits(rows.view(np.uint8), axis=1, count=n_sites, bitorder="little")
    counts: Int64Array = alleles.sum(axis=0, dtype=np.int64)
    return counts


def site_counts(bits: UInt64Array, group_words: Int64Array, instruction_set: str = "", threads: int = 1) -> Int32Array:
    """Ones of each site in each group of words, int32 of shape (sites, groups)."""
    return _by_group(np.bitwise_count(bits), group_words)


def joint_counts(
    bits: UInt64Array,
    group_words: Int64Array,
    first: Int64Array,
    second: Int64Array,
    third: Int64Array | None,
    instruction_set: str = "",
    threads: int = 1,
) -> Int32Array:
    """Ones that the two or three sites share in each group, int32 of shape (pairs or triplets, groups)."""
    shared = bits[first] & bits[second]
    if third is not None:
        shared &= bits[third]
    return _by_group(np.bitwise_count(shared), group_words)


def r2(
    bits: UInt64Array,
    counts: Int64Array,
    n_haplotypes: int,
    first: Int64Array,
    second: Int64Array,
    instruction_set: str = "",
    threads: int = 1,
) -> Float64Array:
    """r² of pairs of sites: D² / (p(1 - p) q(1 - q)), from whole numbers; NaN where a site is fixed."""
    joint = np.bitwise_count(bits[first] & bits[second]).sum(axis=1, dtype=np.int64)
    return _r2(joint, counts[first], counts[second], n_haplotypes)


def r2_matrix(
    bits: UInt64Array, counts: Int64Array, n_haplotypes: int, instruction_set: str = "", threads: int = 1
) -> Float64Array:
    """r² of every pair of sites, float64 of shape (sites, sites)."""
    joint = np.stack([np.bitwise_count(bits & row).sum(axis=1, dtype=np.int64) for row in bits])
    return _r2(joint, counts[:, None], counts[None, :], n_haplotypes)


def r2_sums(
    bits: UInt64Array,
    counts: Int64Array,
    n_haplotypes: int,
    edges: Int64Array,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Int64Array, Int64Array]:
    """Sum of r² in units of 2⁻³⁰, and number of pairs, over the pairs of different sites of each two bins of sites.

    Bin ``b`` holds the sites ``edges[b]`` … ``edges[b + 1] - 1``. Each pair counts once, in both triangles. Pairs with
    a fixed site count in neither.
    """
    matrix = r2_matrix(bits, counts, n_haplotypes)
    np.fill_diagonal(matrix, np.nan)
    n_bins = len(edges) - 1
    sums, pairs = np.zeros((n_bins, n_bins), dtype=np.int64), np.zeros((n_bins, n_bins), dtype=np.int64)
    for a in range(n_bins):
        for b in range(n_bins):
            block = matrix[edges[a] : edges[a + 1], edges[b] : edges[b + 1]]
            if a == b:
                block = block[np.triu_indices(len(block), 1)]
            varying = block[np.isfinite(block)]
            sums[a, b] = np.rint(varying * R2_UNIT).astype(np.int64).sum()
            pairs[a, b] = varying.size
    return sums, pairs


def motif_counts(
    rows: UInt64Array,
    k: int,
    first_window: int,
    n_windows: int,
    rows_by_group: Int64Array,
    group_ends: Int64Array,
    instruction_set: str = "",
    threads: int = 1,
) -> Int32Array:
    """Rows of each group with each motif, int32 of shape (windows, groups, 2ᵏ).

    Window ``w`` holds the sites ``k·w`` … ``k·w + k - 1``; a motif's first site is its lowest bit. The rows
    ``rows_by_group[group_ends[g - 1]:group_ends[g]]`` are those of group ``g``.
    """
    sites = slice(k * first_window, k * (first_window + n_windows))
    alleles = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")[:, sites].astype(np.int64)
    motifs = alleles.reshape(len(rows), n_windows, k) @ (1 << np.arange(k))
    counts = np.empty((n_windows, len(group_ends), 1 << k), dtype=np.int32)
    begin = 0
    for group, end in enumerate(group_ends):
        of_group = motifs[rows_by_group[begin:end]]
        for window in range(n_windows):
            counts[window, group] = np.bincount(of_group[:, window], minlength=1 << k)
        begin = int(end)
    return counts


def _by_group(word_counts: npt.NDArray[np.uint8], group_words: Int64Array) -> Int32Array:
    sums = [word_counts[:, begin:end].sum(axis=1, dtype=np.int32) for begin, end in itertools.pairwise(group_words)]
    return np.stack(sums, axis=1)


def _r2(joint: Int64Array, first: Int64Array, second: Int64Array, n: int) -> Float64Array:
    # All of it whole numbers up to the last two lines, so that every backend rounds in the same places.
    covariance = (n * joint - first * second).astype(np.float64)
    variances = (first * (n - first)).astype(np.float64) * (second * (n - second)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(variances > 0, covariance * covariance / variances, np.nan)
