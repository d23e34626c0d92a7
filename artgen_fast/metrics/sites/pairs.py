"""Sampled pairs of sites, and their joint allele counts: what linkage is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int32Array, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.whole_numbers import require_seed

PAIRS_PER_GAP = 3000
"""Yelmen et al. take at least 300. So few leave the mean of a bin uncertain by a tenth and more, which no interval over
people shows; a pair takes some nanoseconds."""

MOST_LOST = 0.2
"""A set in which more than this share of the pairs have a fixed site does not decide which pairs the others are
compared on: it would leave them too few. It is compared on what is left of theirs."""


@dataclass(frozen=True, slots=True, eq=False)
class SitePairs:
    """Sampled pairs of sites.

    Attributes
    ----------
    first, second : int64 arrays of shape (pairs,)
        Indices of sites.
    distance : float64 array of shape (pairs,)
        In base pairs.
    """

    first: Int64Array
    second: Int64Array
    distance: Float64Array


@dataclass(frozen=True, slots=True, eq=False)
class CountedPairs:
    """Sampled pairs of sites, counted in one panel.

    Attributes
    ----------
    panel : GroupedPanel
    pairs : SitePairs
    both : int32 array of shape (groups, pairs)
        Haplotypes of each group that carry ALT at both sites.
    both_in_all : int64 array of shape (pairs,)
    """

    panel: GroupedPanel
    pairs: SitePairs
    both: Int32Array
    both_in_all: Int64Array

    @classmethod
    def of(cls, panel: GroupedPanel, pairs: SitePairs) -> CountedPairs:
        """Count the pairs in a panel."""
        both = pair_counts.joint_counts(panel.by_site, pairs.first, pairs.second)
        return cls(panel, pairs, np.ascontiguousarray(both.T), both.sum(axis=1, dtype=np.int64))

    def r_squared(self, without: int | None = None) -> Float64Array:
        """r² of each pair, of all groups or of all but one; NaN where a site does not vary."""
        counts, n = self.panel.counted(without)
        both = self.both_in_all if without is None else self.both_in_all - self.both[without]
        first, second = counts[self.pairs.first], counts[self.pairs.second]
        covariance = (n * both - first * second).astype(np.float64)
        variance = (counts * (n - counts)).astype(np.float64)
        variances = variance[self.pairs.first] * variance[self.pairs.second]
        with np.errstate(invalid="ignore"):
            # 0/0 where a site does not vary.
            return covariance**2 / variances

    def d_prime(self) -> Float64Array:
        """|D′| of each pair; NaN where a site does not vary."""
        return pair_counts.d_prime(self.panel.by_site, self.pairs.first, self.pairs.second)


def sample_pairs(haplotypes: Haplotypes, seed: int = 0, pairs_per_gap: int = PAIRS_PER_GAP) -> SitePairs:
    """Draw pairs of varying sites, approximately uniform in log distance.

    Parameters
    ----------
    haplotypes : Haplotypes
    seed : int
    pairs_per_gap : int
        Least number of different pairs for each index gap 1, 2, 4, …, before pairs on two contigs are left out; all
        pairs of a gap that has fewer.

    Returns
    -------
    SitePairs
        In the order of the first site, then of the second, as counting them is fastest; none where fewer than two
        sites of a contig vary.
    """
    rng = np.random.default_rng([require_seed(seed), haplotypes.n_sites])
    counts = pair_counts.allele_counts(haplotypes)
    varying = np.flatnonzero((counts > 0) & (counts < len(haplotypes)))
    n_varying = len(varying)
    gaps = 1 << np.arange(max(n_varying - 1, 0).bit_length())
    # Whether each varying site is the first of a pair at each gap: no list of pairs needs sorting.
    is_first = np.zeros((n_varying, len(gaps)), dtype=np.bool_)
    for column, gap in enumerate(gaps.tolist()):
        # Contiguous pairs (s, s + gap), (s + gap, s + 2 gap), … from a random start s.
        starts = rng.permutation(min(gap, n_varying - gap))
        drawn = np.cumsum(-(-(n_varying - starts) // gap) - 1)
        chosen = np.zeros(gap, dtype=np.bool_)
        chosen[starts[: np.searchsorted(drawn, pairs_per_gap) + 1]] = True
        is_first[:-gap, column] = chosen[np.arange(n_varying - gap) % gap]
    place, which = np.nonzero(is_first)
    first, second = varying[place], varying[place + gaps[which]]
    contig, position = haplotypes.sites.contig, haplotypes.sites.position
    together = contig[first] == contig[second]
    first, second = first[together], second[together]
    return SitePairs(first, second, np.abs(position[second] - position[first]).astype(np.float64))


def common_pairs(compared: Sequence[CountedPairs]) -> BoolArray:
    """Pairs whose sites vary in every compared set, so that all are scored on the same ones.

    A set that has lost more than `MOST_LOST` of the pairs has no say.

    Returns
    -------
    bool array of shape (pairs,)
    """
    vary = [np.isfinite(counts.r_squared()) for counts in compared]
    heard = [each for each in vary if each.mean() >= 1 - MOST_LOST] if len(vary[0]) else []
    common: BoolArray = np.logical_and.reduce([np.ones_like(vary[0]), *heard])
    return common
