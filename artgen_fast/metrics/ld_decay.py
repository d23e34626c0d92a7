"""Decay of linkage disequilibrium with distance, real against synthetic, from sampled pairs of sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics.neighbours import require_comparable
from artgen_fast.metrics.uncertainty import Interval, jackknife_interval, person_groups

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

PAIRS_PER_GAP = 300
SHORT_EDGES = (0.0, 25.0, 50.0, 75.0)
LONG_EDGES = 17

MOST_LOST = 0.2
"""A set in which more than this share of the pairs have a fixed site does not decide which pairs the others are
compared on: it would leave them too few. It is compared on what is left of theirs."""

_SITES_PER_BLOCK = 2048
_PAIRS_PER_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class LDDecay:
    """Mean r² by distance in both sets, and their agreement.

    Attributes
    ----------
    edges : float64 array of shape (bins + 1,)
        Edges of the distance bins, in base pairs.
    pairs : int64 array of shape (bins,)
        Pairs of sites compared in each bin, the same pairs in both sets.
    real, synthetic : float64 arrays of shape (bins,)
        Mean r² in each bin; NaN in empty ones.
    real_sd, synthetic_sd, real_sem, synthetic_sem : float64 arrays of shape (bins,)
        Standard deviation over the pairs of a bin, and standard error of its mean.
    score : float
        clip(1 - Σ|LD_gen - LD_real| / Σ LD_real, 0, 1) over the bins that hold pairs.
    score_interval : Interval
        Delete-a-group jackknife over groups of persons; its ends may leave [0, 1].
    ratio : float
        Mean over the pairs of r² in the synthetic set over that in the real set: below 1 where LD is lost.
    correlation : float
        Pearson r of the binned means.
    pair_correlation : float
        Pearson r of r² over the pairs.
    sampled_pairs : int
        Pairs drawn among the sites that vary in the real set.
    dropped_pairs : int
        Those of them with a site that does not vary in this or another compared set, where r² is 0/0.
    """

    edges: Float64Array
    pairs: Int64Array
    real: Float64Array
    synthetic: Float64Array
    real_sd: Float64Array
    synthetic_sd: Float64Array
    real_sem: Float64Array
    synthetic_sem: Float64Array
    score: float
    score_interval: Interval
    ratio: float
    correlation: float
    pair_correlation: float
    sampled_pairs: int
    dropped_pairs: int


@dataclass(frozen=True, slots=True)
class SitePairs:
    """Sampled pairs of sites.

    Attributes
    ----------
    first, second : int64 arrays of shape (pairs,)
    distance : float64 array of shape (pairs,)
        In base pairs.
    """

    first: Int64Array
    second: Int64Array
    distance: Float64Array


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Haplotypes that carry ALT at the sites of sampled pairs, by group of persons.

    Attributes
    ----------
    first, second, both : int64 arrays of shape (groups, pairs)
        Carriers at the first site, at the second, at both.
    rows : int64 array of shape (groups,)
    """

    first: Int64Array
    second: Int64Array
    both: Int64Array
    rows: Int64Array

    def r_squared(self, without: int | None = None) -> Float64Array:
        """r² of each pair, of all groups or of all but one; NaN where a site does not vary."""
        first, second, both, rows = (
            table.sum(axis=0) - (0 if without is None else table[without])
            for table in (self.first, self.second, self.both, self.rows)
        )
        n = float(rows)
        covariance = both / n - (first / n) * (second / n)
        variances = (first / n) * (1 - first / n) * (second / n) * (1 - second / n)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(variances > 0, covariance**2 / variances, np.nan)


def ld_decay(real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0) -> LDDecay:
    """Compare the decay of r² with distance on sampled pairs of sites.

    Pairs are approximately uniform in log distance, after the METHODS of Yelmen et al. 2023 (PLoS Comput Biol
    19:e1011584): for index gaps 1, 2, 4, … non-overlapping contiguous pairs from a random start, repeated until there
    are at least 300 a gap. They are drawn among the sites that vary in the real set; pairs on two contigs do not
    count, and pairs with a site fixed in the synthetic set are dropped.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. r² of n haplotypes is too high by about 1/n: compare equal sizes.
    seed : int
        Of the pairs and of the jackknife's groups of persons.

    Returns
    -------
    LDDecay
        NaN everywhere where no two sites of a contig vary.

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    pairs = sample_pairs(real, seed)
    return ld_decay_of(
        pairs, distance_edges(real.sites), pair_counts(real, pairs, seed), pair_counts(synthetic, pairs, seed)
    )


def sample_pairs(haplotypes: Haplotypes, seed: int = 0, pairs_per_gap: int = PAIRS_PER_GAP) -> SitePairs:
    """Draw pairs of varying sites, approximately uniform in log distance.

    Parameters
    ----------
    haplotypes : Haplotypes
    seed : int
    pairs_per_gap : int
        Least number of pairs for each index gap 1, 2, 4, …, before pairs on two contigs are left out.

    Returns
    -------
    SitePairs
        None where fewer than two sites of a contig vary.
    """
    counts = haplotypes.allele_counts()
    varying = np.flatnonzero((counts > 0) & (counts < len(haplotypes)))
    rng = np.random.default_rng([seed, haplotypes.n_sites])
    first_parts, second_parts = [], []
    gap = 1
    while gap < len(varying):
        drawn = 0
        while drawn < pairs_per_gap:
            # Contiguous pairs (s, s + gap), (s + gap, s + 2 gap), … from a random start s.
            chain = varying[int(rng.integers(min(gap, len(varying) - gap))) :: gap]
            first_parts.append(chain[:-1])
            second_parts.append(chain[1:])
            drawn += len(chain) - 1
        gap *= 2
    contig, position = haplotypes.sites.contig, haplotypes.sites.position
    none = np.zeros(0, dtype=np.int64)
    first, second = np.concatenate([none, *first_parts]), np.concatenate([none, *second_parts])
    together = contig[first] == contig[second]
    first, second = first[together], second[together]
    return SitePairs(first, second, np.abs(position[second] - position[first]).astype(np.float64))


def distance_edges(sites: Sites) -> Float64Array:
    """Edges of distance bins: 0, 25, 50, 75, then 17 log-spaced from 100 bp to the span of the longest contig.

    A region of up to 100 bp has the short bins only.
    """
    longest = 0
    for contig in np.unique(sites.contig):
        positions = sites.position[sites.contig == contig]
        longest = max(longest, int(positions.max() - positions.min()))
    short = np.array([*SHORT_EDGES, 100.0])
    # Bins hold their lower edge only, so the last one ends a base pair beyond the longest distance.
    return short if longest <= 100 else np.concatenate([short[:-1], np.geomspace(100, longest + 1, LONG_EDGES)])


def pair_counts(haplotypes: Haplotypes, pairs: SitePairs, seed: int = 0) -> PairCounts:
    """Count carriers at the sites of the pairs, by group of persons dealt with the seed."""
    groups = person_groups(haplotypes.samples.units(), seed)
    rows = np.bincount(groups)
    used, place = np.unique(np.concatenate([pairs.first, pairs.second]), return_inverse=True)
    first, second = place[: len(pairs.first)], place[len(pairs.first) :]
    site_bits, starts = _site_major_bits(haplotypes, used, groups)
    carriers = np.add.reduceat(np.bitwise_count(site_bits).astype(np.int64), starts, axis=1).T
    both = np.empty((len(rows), len(first)), dtype=np.int64)
    for start in range(0, len(first), _PAIRS_PER_BLOCK):
        block = slice(start, start + _PAIRS_PER_BLOCK)
        shared = np.bitwise_count(site_bits[first[block]] & site_bits[second[block]]).astype(np.int64)
        both[:, block] = np.add.reduceat(shared, starts, axis=1).T
    return PairCounts(carriers[:, first], carriers[:, second], both, rows)


def common_pairs(compared: Sequence[PairCounts]) -> BoolArray:
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


def ld_decay_of(
    pairs: SitePairs,
    edges: Float64Array,
    real: PairCounts,
    synthetic: PairCounts,
    *,
    common: BoolArray | None = None,
) -> LDDecay:
    """Compare r² of the same pairs in two panels; of the ``common`` ones alone, where several sets are compared."""
    bins = np.clip(np.searchsorted(edges, pairs.distance, side="right") - 1, 0, len(edges) - 2)
    in_real, in_synthetic = real.r_squared(), synthetic.r_squared()
    if common is not None:
        # A pair that is left out in one of the two counts in neither.
        in_real = np.where(common, in_real, np.nan)
        in_synthetic = np.where(common, in_synthetic, np.nan)
    kept = np.isfinite(in_real) & np.isfinite(in_synthetic)
    real_decay, synthetic_decay = (_binned(values, bins, kept, len(edges) - 1) for values in (in_real, in_synthetic))
    # The jackknife keeps the pairs: where a site varies no more without a group, the pair says nothing there.
    without_real = [_score(real.r_squared(group), in_synthetic, bins) for group in range(len(real.rows))]
    without_synthetic = [_score(in_real, synthetic.r_squared(group), bins) for group in range(len(synthetic.rows))]
    score = _score(in_real, in_synthetic, bins)
    filled = real_decay.pairs > 0
    total = float(in_real[kept].sum())
    return LDDecay(
        edges=edges,
        pairs=real_decay.pairs,
        real=real_decay.mean,
        synthetic=synthetic_decay.mean,
        real_sd=real_decay.sd,
        synthetic_sd=synthetic_decay.sd,
        real_sem=real_decay.sem,
        synthetic_sem=synthetic_decay.sem,
        score=float(np.clip(score, 0, 1)),
        score_interval=jackknife_interval(score, without_real, without_synthetic),
        ratio=float(in_synthetic[kept].sum()) / total if total > 0 else float("nan"),
        correlation=_pearson(real_decay.mean[filled], synthetic_decay.mean[filled]),
        pair_correlation=_pearson(in_real[kept], in_synthetic[kept]),
        sampled_pairs=len(pairs.first),
        dropped_pairs=int(np.count_nonzero(~kept)),
    )


@dataclass(frozen=True, slots=True)
class _Binned:
    pairs: Int64Array
    mean: Float64Array
    sd: Float64Array
    sem: Float64Array


def _binned(values: Float64Array, bins: Int64Array, kept: BoolArray, n_bins: int) -> _Binned:
    pairs = np.bincount(bins[kept], minlength=n_bins).astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(bins[kept], weights=values[kept], minlength=n_bins) / pairs
        squares = np.bincount(bins[kept], weights=(values[kept] - mean[bins[kept]]) ** 2, minlength=n_bins)
        sd = np.sqrt(squares / (pairs - 1.0))
        return _Binned(pairs, mean, np.where(pairs > 1, sd, np.nan), np.where(pairs > 1, sd / np.sqrt(pairs), np.nan))


def _score(in_real: Float64Array, in_synthetic: Float64Array, bins: Int64Array) -> float:
    """1 - Σ|LD_gen - LD_real| / Σ LD_real over bins, unclipped; NaN where no pair is left."""
    kept = np.isfinite(in_real) & np.isfinite(in_synthetic)
    if not kept.any():
        return float("nan")
    pairs = np.bincount(bins[kept])
    filled = pairs > 0
    real = np.bincount(bins[kept], weights=in_real[kept])[filled] / pairs[filled]
    synthetic = np.bincount(bins[kept], weights=in_synthetic[kept])[filled] / pairs[filled]
    total = float(real.sum())
    return 1 - float(np.abs(synthetic - real).sum()) / total if total > 0 else float("nan")


def _pearson(x: Float64Array, y: Float64Array) -> float:
    if len(x) < 2:
        return float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((dx @ dx) * (dy @ dy)))
    return float(dx @ dy) / scale if scale > 0 else float("nan")


def _site_major_bits(
    haplotypes: Haplotypes, sites: Int64Array, groups: Int64Array
) -> tuple[npt.NDArray[np.uint64], Int64Array]:
    """Bits by site, (sites, words), each group of rows padded to whole words; and the first word of each group."""
    sizes = np.bincount(groups)
    order = np.argsort(groups, kind="stable")
    words = -(-sizes // 64)
    starts = np.cumsum(words) - words
    # Where each row's bit goes: groups are padded with zeros, which no count sees.
    slot = np.repeat(starts * 64 - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(order))
    bits = np.zeros((len(sites), int(words.sum())), dtype=np.uint64)
    packed_bytes = np.ascontiguousarray(haplotypes.packed[order]).view(np.uint8)
    for start in range(0, len(sites), _SITES_PER_BLOCK):
        block = sites[start : start + _SITES_PER_BLOCK]
        spread = np.zeros((len(block), int(words.sum()) * 64), dtype=np.uint8)
        spread[:, slot] = ((packed_bytes[:, block // 8] >> (block % 8).astype(np.uint8)) & 1).T
        bits[start : start + len(block)] = np.packbits(spread, axis=1, bitorder="little").view("<u8")
    return bits, starts
