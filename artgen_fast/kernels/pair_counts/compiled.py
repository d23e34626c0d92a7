"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import Float64Array, Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.pair_counts.varying_pairs import varying_pairs

R2_CHECKS_SITES = True
"""`r2` looks at the indices itself, so that nobody needs to before."""


def _core() -> Any:
    return dispatch.compiled_module()


def transpose(
    rows: UInt64Array, n_columns: int, row_of_bit: Int64Array, instruction_set: str, threads: int
) -> UInt64Array:
    """Columns as rows: bit ``b`` of row ``j`` is bit ``j`` of row ``row_of_bit[b]``, or 0 where that is -1."""
    turned: UInt64Array = _core().pair_counts_transpose(rows, n_columns, row_of_bit, instruction_set, threads)
    return turned


def allele_counts(rows: UInt64Array, n_sites: int, instruction_set: str, threads: int) -> Int64Array:
    """Rows that have a 1 at each site."""
    counts: Int64Array = _core().pair_counts_allele_counts(rows, instruction_set, threads)
    return counts[:n_sites]


def site_counts(bits: UInt64Array, group_words: Int64Array, instruction_set: str, threads: int) -> Int32Array:
    """Ones of each site in each group of words, int32 of shape (sites, groups)."""
    counts: Int32Array = _core().pair_counts_site_counts(bits, group_words, instruction_set, threads)
    return counts


def joint_counts(
    bits: UInt64Array,
    group_words: Int64Array,
    first: Int64Array,
    second: Int64Array,
    third: Int64Array | None,
    instruction_set: str,
    threads: int,
) -> Int32Array:
    """Ones that the two or three sites share in each group, int32 of shape (pairs or triplets, groups)."""
    counts: Int32Array = _core().pair_counts_joint_counts(
        bits, group_words, first, second, third, instruction_set, threads
    )
    return counts


def r2(
    bits: UInt64Array,
    counts: Int64Array,
    n_haplotypes: int,
    first: Int64Array,
    second: Int64Array,
    instruction_set: str,
    threads: int,
) -> Float64Array:
    """r² of pairs of sites; NaN where a site is fixed. An index that is no site raises an `IndexError`."""
    values: Float64Array = _core().pair_counts_r2(bits, counts, n_haplotypes, first, second, instruction_set, threads)
    return values


def r2_matrix(
    bits: UInt64Array, counts: Int64Array, n_haplotypes: int, instruction_set: str, threads: int
) -> Float64Array:
    """r² of every pair of sites, float64 of shape (sites, sites)."""
    values: Float64Array = _core().pair_counts_r2_matrix(bits, counts, n_haplotypes, instruction_set, threads)
    return values


def r2_sums(
    bits: UInt64Array,
    counts: Int64Array,
    n_haplotypes: int,
    edges: Int64Array,
    instruction_set: str,
    threads: int,
) -> tuple[Int64Array, Int64Array]:
    """Sum of r² in units of 2⁻³⁰, and number of pairs of varying sites, for each two bins of sites."""
    sums: Int64Array = _core().pair_counts_r2_sums(bits, counts, n_haplotypes, edges, instruction_set, threads)
    return sums, varying_pairs(counts, n_haplotypes, edges)


def motif_counts(
    rows: UInt64Array,
    k: int,
    first_window: int,
    n_windows: int,
    rows_by_group: Int64Array,
    group_ends: Int64Array,
    instruction_set: str,
    threads: int,
) -> Int32Array:
    """Rows of each group with each motif, int32 of shape (windows, groups, 2ᵏ)."""
    counts: Int32Array = _core().pair_counts_motif_counts(
        rows, k, first_window, n_windows, rows_by_group, group_ends, threads
    )
    return counts
