"""Chains of nearest neighbours through the pool of real and synthetic haplotypes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array, UInt8Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.uncertainty.intervals import Interval, percentile_intervals, resampled_totals
from artgen_fast.metrics.uncertainty.label_permutations import PERMUTATIONS, p_value, permuted_labels, permuted_unit

SIZES = (2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class ChainPattern:
    """How often chains show one pattern.

    Attributes
    ----------
    pattern : str
        Labels along the chain, first its start: T (truth, real) or S (synthetic).
    frequency : float
        Share of the chains of this size.
    expected : float
        2^-size, where the two sets are exchangeable.
    interval : Interval
        Bootstrap of the starting points by person, neighbours fixed. Too narrow where many chains share neighbours,
        as among many identical rows.
    exchangeable : Interval
        Where the frequency lies for permuted labels, hence for sets that cannot be told apart.
    """

    pattern: str
    frequency: float
    expected: float
    interval: Interval
    exchangeable: Interval


@dataclass(frozen=True, slots=True)
class NNChains:
    """Frequencies of nearest-neighbour chain patterns, sizes 2 to 5.

    Attributes
    ----------
    patterns : tuple of ChainPattern
        All patterns of all sizes, by size, then in the order of their letters.
    departure : dict of str to float
        For each size, half the sum of |frequency - expected|: 0 as expected, near 1 for sets that never mix.
    p_value : dict of str to float
        Permutation p-value of each departure.
    permutations : int
    permuted : str
        "persons" or "haplotypes": what the labels are permuted over.
    n : int
        Haplotypes compared of each set.
    """

    patterns: tuple[ChainPattern, ...]
    departure: dict[str, float]
    p_value: dict[str, float]
    permutations: int
    permuted: str
    n: int

    def frequency(self, pattern: str) -> float:
        """Frequency of one pattern, such as "TTS"."""
        return next(chain.frequency for chain in self.patterns if chain.pattern == pattern)


def nn_chains(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> NNChains:
    """Count the label patterns of nearest-neighbour chains.

    A chain starts at a row and hops to the nearest row of the pooled sets that it has not visited (Methods of Yelmen
    et al. 2023, PLoS Comput Biol 19:e1011584). The pool is shuffled with the seed, so that ties favour neither set.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. The larger one is cut to the size of the other, at random, by person.
    seed : int
        Of the cut, the pool's order, the bootstrap and the permutations.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.

    Returns
    -------
    NNChains
        Sizes up to the number of rows in the pool.

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    searches = NeighbourSearches({"real": real, "synthetic": synthetic}, seed=seed, backend=backend, threads=threads)
    return nn_chains_of(searches, "real", "synthetic", seed=seed)


def nn_chains_of(searches: NeighbourSearches, real: str, synthetic: str, *, seed: int = 0) -> NNChains:
    """Chains through the pool of two named panels, from searches that are shared with other statistics."""
    pool = searches.pool(real, synthetic)
    members = chain_members(pool.indices)
    longest = members.shape[1]
    codes = _codes(pool.is_real, members)
    observed = _frequencies(codes[None], longest)[0]

    rng = np.random.default_rng([seed, 2 * searches.n, 2])
    resampled = np.zeros((0, 2**longest))
    for label in (True, False):
        # Starts of the two sets are resampled apart: their numbers are given.
        _, unit = np.unique(pool.units[pool.is_real == label], return_inverse=True)
        counts = np.zeros((int(unit.max()) + 1, 2**longest))
        np.add.at(counts, (unit, codes[pool.is_real == label]), 1)
        totals = resampled_totals(counts, rng)
        totals *= searches.n / totals.sum(axis=1, keepdims=True)
        resampled = totals if label else resampled + totals
    resampled /= len(codes)
    null = np.concatenate([_frequencies(_codes(labels, members), longest) for labels in permuted_labels(pool, rng)])

    patterns: list[ChainPattern] = []
    departure: dict[str, float] = {}
    p_values: dict[str, float] = {}
    for size in [size for size in SIZES if size <= longest]:
        expected = 2.0**-size
        frequencies, draws, permuted = (_of_size(table, size) for table in (observed, resampled, null))
        intervals, exchangeable = percentile_intervals(draws), percentile_intervals(permuted)
        patterns += [
            ChainPattern(
                pattern=f"{code:0{size}b}".replace("0", "S").replace("1", "T"),
                frequency=float(frequencies[code]),
                expected=expected,
                interval=intervals[code],
                exchangeable=exchangeable[code],
            )
            for code in range(2**size)
        ]
        departure[str(size)] = float(np.abs(frequencies - expected).sum() / 2)
        p_values[str(size)] = p_value(departure[str(size)], np.abs(permuted - expected).sum(axis=1) / 2)
    return NNChains(tuple(patterns), departure, p_values, PERMUTATIONS, permuted_unit(pool), searches.n)


def chain_members(neighbours: Int64Array) -> Int64Array:
    """Follow the chain of each row through its nearest neighbours.

    Parameters
    ----------
    neighbours : int64 array of shape (rows, k)
        The k nearest other rows of each row, nearest first.

    Returns
    -------
    int64 array of shape (rows, k + 1)
        The rows of each chain, in order; no row twice in a chain.
    """
    rows, k = neighbours.shape
    members = np.empty((rows, k + 1), dtype=np.int64)
    members[:, 0] = np.arange(rows)
    for step in range(1, k + 1):
        candidates = neighbours[members[:, step - 1]]
        visited = np.zeros(candidates.shape, dtype=bool)
        for earlier in range(step - 1):
            visited |= candidates == members[:, earlier, None]
        members[:, step] = np.take_along_axis(candidates, np.argmin(visited, axis=1)[:, None], axis=1)[:, 0]
    return members


def _codes(is_real: BoolArray, members: Int64Array) -> UInt8Array:
    """Pattern of each chain as a number, its start the highest bit and T = 1; shape (..., chains)."""
    codes: UInt8Array = np.zeros(is_real.shape, dtype=np.uint8)
    for step in range(members.shape[1]):
        np.left_shift(codes, 1, out=codes)
        np.bitwise_or(codes, is_real[..., members[:, step]], out=codes)
    return codes


def _frequencies(codes: UInt8Array, size: int) -> Float64Array:
    """Share of each of the 2^size patterns in every row of codes, float64 of shape (rows, 2^size)."""
    rows, chains = codes.shape
    patterns = 2**size
    of_row = codes + patterns * np.arange(rows)[:, None]
    counts = np.bincount(of_row.ravel(), minlength=rows * patterns).reshape(rows, patterns)
    shares: Float64Array = counts / chains
    return shares


def _of_size(frequencies: Float64Array, size: int) -> Float64Array:
    """Frequencies of the patterns of a size: sums over the longer patterns that begin with them."""
    shape = (*frequencies.shape[:-1], 2**size, -1)
    table: Float64Array = frequencies.reshape(shape).sum(axis=-1)
    return table
