"""The pair-counts kernel compiled by Numba for the CPU it runs on.

Python threads take blocks of words, sites, pairs or windows. A block's results belong to it alone, or are whole numbers
that are added up, so that the order in which blocks finish cannot matter.
"""

from __future__ import annotations

from threading import Lock

import numpy as np

from artgen_fast.array_types import Float64Array, Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, population_count, read_only
from artgen_fast.kernels.numba_threads import share_blocks
from artgen_fast.kernels.numba_tiles import BLOCK_ROWS, block_distances
from artgen_fast.kernels.pair_counts.reference import R2_UNIT
from artgen_fast.kernels.pair_counts.varying_pairs import varying_pairs

TILE_WORDS = 8
"""Words of a row that are turned together (a 64-byte line), and words of a turned row that are written together."""

COUNTED_WORDS = 64
"""Words of each row whose alleles are counted together, so that their sums (4 KiB) stay in the L1 cache."""

SUM_BITS = 8
"""Bits of the sums that `allele_counts` keeps sliced: they hold up to 255 rows."""

BLOCK_PAIRS = 1024
"""Pairs or triplets that a thread takes at a time."""

MOTIF_BITS = 512
"""Bits of each row (a 64-byte line) whose windows a thread takes at a time."""


@compiled
def _transpose_tile(tile: UInt64Array) -> None:
    """Transpose the 64x64 bits of each column of ``tile``, uint64 of shape (64, TILE_WORDS), in place.

    Halves of the matrix swap their off-diagonal quarters, then the halves of each quarter do, down to single bits.
    """
    side = np.uint64(32)
    low_bits = np.uint64(0xFFFFFFFF)
    while side:
        for upper in range(np.uint64(0), np.uint64(64)):
            if upper & side:
                continue
            lower = upper | side
            for word in range(np.uint64(0), np.uint64(TILE_WORDS)):
                swapped = ((tile[upper, word] >> side) ^ tile[lower, word]) & low_bits
                tile[lower, word] ^= swapped
                tile[upper, word] ^= swapped << side
        side >>= np.uint64(1)
        low_bits ^= low_bits << side


@compiled
def _transpose_words(
    rows: UInt64Array, n_columns: int, row_of_bit: Int64Array, first_word: int, bits: UInt64Array
) -> None:
    """Fill the rows of ``bits`` that are the columns of TILE_WORDS words of ``rows``."""
    tiles = np.zeros((TILE_WORDS, 64, TILE_WORDS), dtype=np.uint64)
    n_words = min(TILE_WORDS, rows.shape[1] - first_word)
    for first_tile in range(0, bits.shape[1], TILE_WORDS):
        n_tiles = min(TILE_WORDS, bits.shape[1] - first_tile)
        for tile in range(n_tiles):
            for i in range(64):
                row = row_of_bit[64 * (first_tile + tile) + i]
                for word in range(n_words):
                    tiles[tile, i, word] = rows[row, first_word + word] if row >= 0 else np.uint64(0)
            _transpose_tile(tiles[tile])
        for word in range(n_words):
            first_column = 64 * (first_word + word)
            for i in range(min(64, n_columns - first_column)):
                for tile in range(n_tiles):
                    bits[first_column + i, first_tile + tile] = tiles[tile, i, word]


@compiled
def _count_alleles(rows: UInt64Array, first_word: int, counts: Int64Array) -> None:
    """Add the alleles of COUNTED_WORDS words of all rows to ``counts``.

    Sums are sliced: slice ``s`` holds bit ``s`` of the sums of all the words' sites, so that one addition with carry
    serves 64 sites.
    """
    n_words = min(COUNTED_WORDS, rows.shape[1] - first_word)
    slices = np.empty((SUM_BITS, COUNTED_WORDS), dtype=np.uint64)
    carries = np.empty(COUNTED_WORDS, dtype=np.uint64)
    most_rows = (1 << SUM_BITS) - 1
    for first_row in range(0, len(rows), most_rows):
        slices[:] = 0
        for row in range(first_row, min(first_row + most_rows, len(rows))):
            for word in range(n_words):
                carries[word] = rows[row, first_word + word]
            for s in range(SUM_BITS):
                for word in range(n_words):
                    carry = carries[word]
                    carries[word] = carry & slices[s, word]
                    slices[s, word] ^= carry
        for word in range(n_words):
            first_site = 64 * (first_word + word)
            for bit in range(min(64, len(counts) - first_site)):
                for s in range(SUM_BITS):
                    counts[first_site + bit] += np.int64((slices[s, word] >> np.uint64(bit)) & np.uint64(1)) << s


@compiled
def _shared_by_three(bits: UInt64Array, first: int, second: int, third: int, begin: int, end: int) -> int:
    """Ones that three sites share in words [begin, end)."""
    # Unsigned indices, since Numba would test signed ones for being negative at every word.
    a, b, c = np.uint64(first), np.uint64(second), np.uint64(third)
    shared = np.uint64(0)
    for word in range(np.uint64(begin), np.uint64(end)):
        shared += population_count(bits[a, word] & bits[b, word] & bits[c, word])
    return int(shared)


@compiled
def _shared_by_two(bits: UInt64Array, first: int, second: int) -> int:
    """Ones that two sites share."""
    a, b = np.uint64(first), np.uint64(second)
    shared = np.uint64(0)
    for word in range(np.uint64(bits.shape[1])):
        shared += population_count(bits[a, word] & bits[b, word])
    return int(shared)


@compiled
def _joint_counts_of_block(
    bits: UInt64Array,
    group_words: Int64Array,
    first: Int64Array,
    second: Int64Array,
    third: Int64Array,
    first_pair: int,
    counts: Int32Array,
) -> None:
    for pair in range(first_pair, min(first_pair + BLOCK_PAIRS, len(first))):
        for group in range(len(group_words) - 1):
            counts[pair, group] = _shared_by_three(
                bits, first[pair], second[pair], third[pair], group_words[group], group_words[group + 1]
            )


@compiled
def _r2(joint: int, first: int, second: int, first_variance: float, second_variance: float, n: int) -> float:
    """r² from whole numbers; NaN where a variance, count·(n - count), is zero."""
    covariance = np.float64(n * joint - first * second)
    variances = first_variance * second_variance
    return covariance * covariance / variances if variances > 0 else np.nan


@compiled
def _r2_of_pairs(
    bits: UInt64Array,
    counts: Int64Array,
    variances: Float64Array,
    n: int,
    first: Int64Array,
    second: Int64Array,
    first_pair: int,
    values: Float64Array,
) -> None:
    for pair in range(first_pair, min(first_pair + BLOCK_PAIRS, len(first))):
        a, b = first[pair], second[pair]
        joint = _shared_by_two(bits, a, b)
        values[pair] = _r2(joint, counts[a], counts[b], variances[a], variances[b], n)


@compiled
def _r2_of_blocks(
    bits: UInt64Array,
    counts: Int64Array,
    variances: Float64Array,
    n: int,
    first: int,
    second: int,
    distances: Int32Array,
    values: Float64Array,
) -> None:
    """Fill ``values`` (BLOCK_ROWS, BLOCK_ROWS) with r² of the sites from ``first`` and from ``second`` on."""
    block_distances(bits, first, bits, second, distances)
    # Unsigned indices, since Numba would test signed ones for being negative at every pair.
    origin = np.uint64(second)
    for i in range(np.uint64(min(BLOCK_ROWS, len(bits) - first))):
        a = np.uint64(first) + i
        for j in range(np.uint64(min(BLOCK_ROWS, len(bits) - second))):
            b = origin + j
            # Haplotypes with one of the two alleles are those with either, less twice those with both.
            joint = (counts[a] + counts[b] - distances[i, j]) >> 1
            values[i, j] = _r2(joint, counts[a], counts[b], variances[a], variances[b], n)


@compiled
def _r2_of_rows(
    bits: UInt64Array, counts: Int64Array, variances: Float64Array, n: int, first: int, matrix: Float64Array
) -> None:
    """Fill ``matrix`` with r² of a block of sites and of all later ones, in both triangles."""
    distances = np.empty((BLOCK_ROWS, BLOCK_ROWS), dtype=np.int32)
    values = np.empty((BLOCK_ROWS, BLOCK_ROWS))
    rows = min(BLOCK_ROWS, len(bits) - first)
    for second in range(first, len(bits), BLOCK_ROWS):
        _r2_of_blocks(bits, counts, variances, n, first, second, distances, values)
        columns = min(BLOCK_ROWS, len(bits) - second)
        for i in range(rows):
            for j in range(columns):
                matrix[first + i, second + j] = values[i, j]
        for j in range(columns):
            for i in range(rows):
                matrix[second + j, first + i] = values[i, j]


@compiled
def _sum_r2_of_rows(
    bits: UInt64Array,
    counts: Int64Array,
    variances: Float64Array,
    n: int,
    first: int,
    bins: Int64Array,
    edges: Int64Array,
    sums: Int64Array,
) -> None:
    """Add r² of a block of sites with each later site to ``sums``, whose first row is the bin of the first site."""
    distances = np.empty((BLOCK_ROWS, BLOCK_ROWS), dtype=np.int32)
    values = np.empty((BLOCK_ROWS, BLOCK_ROWS))
    for second in range(first, len(bits), BLOCK_ROWS):
        _r2_of_blocks(bits, counts, variances, n, first, second, distances, values)
        last = min(second + BLOCK_ROWS, len(bits))
        for a in range(first, min(first + BLOCK_ROWS, len(bits))):
            b = max(second, a + 1)
            while b < last:
                column = bins[b]
                end = min(edges[column + 1], last)
                units = 0
                for j in range(np.uint64(b - second), np.uint64(end - second)):
                    value = values[np.uint64(a - first), j]
                    units += int(np.rint(value * R2_UNIT)) if value >= 0 else 0
                sums[bins[a] - bins[first], column] += units
                b = end


@compiled
def _count_motifs(
    rows: UInt64Array,
    k: int,
    first_window: int,
    rows_by_group: Int64Array,
    group_ends: Int64Array,
    counts: Int32Array,
) -> None:
    """Add the motifs of all rows in the windows of ``counts``, of which the first is ``first_window``."""
    width, mask = np.uint64(k), np.uint64((1 << k) - 1)
    begin = 0
    for group in range(len(group_ends)):
        for position in range(begin, group_ends[group]):
            row = np.uint64(rows_by_group[position])
            site = width * np.uint64(first_window)
            for window in range(len(counts)):
                word, bit = site >> np.uint64(6), site & np.uint64(63)
                motif = rows[row, word] >> bit
                if bit + width > np.uint64(64):
                    motif |= rows[row, word + np.uint64(1)] << (np.uint64(64) - bit)
                counts[window, group, motif & mask] += 1
                site += width
        begin = group_ends[group]


def transpose(
    rows: UInt64Array, n_columns: int, row_of_bit: Int64Array, instruction_set: str = "", threads: int = 1
) -> UInt64Array:
    """Columns as rows: bit ``b`` of row ``j`` is bit ``j`` of row ``row_of_bit[b]``, or 0 where that is -1."""
    rows, row_of_bit = read_only(rows), read_only(row_of_bit)
    bits = np.empty((n_columns, len(row_of_bit) // 64), dtype=np.uint64)

    def turn(worker: int, first_word: int) -> None:
        _transpose_words(rows, n_columns, row_of_bit, first_word, bits)

    share_blocks(-(-n_columns // 64), TILE_WORDS, threads, turn)
    return bits


def allele_counts(rows: UInt64Array, n_sites: int, instruction_set: str = "", threads: int = 1) -> Int64Array:
    """Rows that have a 1 at each site."""
    rows = read_only(rows)
    counts = np.zeros(n_sites, dtype=np.int64)

    def count(worker: int, first_word: int) -> None:
        _count_alleles(rows, first_word, counts)

    share_blocks(-(-n_sites // 64), COUNTED_WORDS, threads, count)
    return counts


def site_counts(bits: UInt64Array, group_words: Int64Array, instruction_set: str = "", threads: int = 1) -> Int32Array:
    """Ones of each site in each group of words, int32 of shape (sites, groups)."""
    every_site = np.arange(len(bits))
    return joint_counts(bits, group_words, every_site, every_site, None, instruction_set, threads)


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
    bits, group_words = read_only(bits), read_only(group_words)
    first, second = read_only(first), read_only(second)
    # What a pair shares with its second site is what the pair shares.
    others = second if third is None else read_only(third)
    counts = np.empty((len(first), len(group_words) - 1), dtype=np.int32)

    def count(worker: int, first_pair: int) -> None:
        _joint_counts_of_block(bits, group_words, first, second, others, first_pair, counts)

    share_blocks(len(first), BLOCK_PAIRS, threads, count)
    return counts


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
    bits, counts, first, second = read_only(bits), read_only(counts), read_only(first), read_only(second)
    variances = _variances(counts, n_haplotypes)
    values = np.empty(len(first))

    def correlate(worker: int, first_pair: int) -> None:
        _r2_of_pairs(bits, counts, variances, n_haplotypes, first, second, first_pair, values)

    share_blocks(len(first), BLOCK_PAIRS, threads, correlate)
    return values


def r2_matrix(
    bits: UInt64Array, counts: Int64Array, n_haplotypes: int, instruction_set: str = "", threads: int = 1
) -> Float64Array:
    """r² of every pair of sites, float64 of shape (sites, sites)."""
    bits, counts = read_only(bits), read_only(counts)
    variances = _variances(counts, n_haplotypes)
    matrix = np.empty((len(bits), len(bits)))

    def correlate(worker: int, first: int) -> None:
        _r2_of_rows(bits, counts, variances, n_haplotypes, first, matrix)

    share_blocks(len(bits), BLOCK_ROWS, threads, correlate)
    return matrix


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
    bits, counts, edges = read_only(bits), read_only(counts), read_only(edges)
    variances = _variances(counts, n_haplotypes)
    n_bins = len(edges) - 1
    bins = read_only(np.repeat(np.arange(n_bins), np.diff(edges)))
    sums = np.zeros((n_bins, n_bins), dtype=np.int64)
    adding = Lock()

    def add(worker: int, first: int) -> None:
        of_bins = slice(bins[first], bins[min(first + BLOCK_ROWS, len(bits)) - 1] + 1)
        of_block = np.zeros_like(sums[of_bins])
        _sum_r2_of_rows(bits, counts, variances, n_haplotypes, first, bins, edges, of_block)
        with adding:
            sums[of_bins] += of_block

    share_blocks(len(bits), BLOCK_ROWS, threads, add)
    return sums + np.triu(sums, 1).T, varying_pairs(counts, n_haplotypes, edges)


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
    rows, rows_by_group, group_ends = read_only(rows), read_only(rows_by_group), read_only(group_ends)
    counts = np.zeros((n_windows, len(group_ends), 1 << k), dtype=np.int32)
    block = MOTIF_BITS // k

    def count(worker: int, window: int) -> None:
        _count_motifs(rows, k, first_window + window, rows_by_group, group_ends, counts[window : window + block])

    share_blocks(n_windows, block, threads, count)
    return counts


def _variances(counts: Int64Array, n_haplotypes: int) -> Float64Array:
    """count·(n - count) of each site, which is n² p(1 - p): a whole number, rounded once."""
    return read_only((counts * (n_haplotypes - counts)).astype(np.float64))
