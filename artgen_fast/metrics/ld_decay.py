"""Decay of linkage disequilibrium with distance, real against synthetic, from sampled pairs of sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.pairs import CountedPairs, sample_pairs
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, NOT_NEGATIVE, SHARE, Interval, jackknife_intervals

SHORT_EDGES = (0.0, 25.0, 50.0, 75.0)
LONG_EDGES = 17
"""From 100 base pairs to the longest distance, both among them: 16 bins, after the 4 short ones. "0, 25, 50, 75, then
17 log-spaced bins from 100", as such distances are given, is read as a list of edges."""


@dataclass(frozen=True, slots=True, eq=False)
class LDDecay:
    """Mean r² and |D′| by distance in both sets, and their agreement.

    All intervals are of the delete-a-group jackknife over groups of persons, with the pairs as drawn.

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
    real_d_prime, synthetic_d_prime : float64 arrays of shape (bins,)
        Mean |D′| in each bin. It is near 1 wherever a site is rare, in any data: read it beside the other set's.
    score : float
        clip(1 - Σ|LD_gen - LD_real| / Σ LD_real, 0, 1) over the bins that hold pairs.
    score_interval : Interval
    ratio : float
        Mean over the pairs of r² in the synthetic set over that in the real set: below 1 where LD is lost.
    correlation : float
        Pearson r of the binned means.
    pair_correlation : float
        Pearson r of r² over the pairs.
    rmse : float
        Root of the mean over the pairs of the squared difference in r².
    ratio_interval, correlation_interval, pair_correlation_interval, rmse_interval : Interval
    sampled_pairs : int
        Pairs drawn among the sites that vary in the real set.
    dropped_pairs : int
        Those of them with a site that does not vary in this or another compared set, where r² is 0/0; a set that would
        drop more than a fifth of the pairs has no say in the others'.
    """

    edges: Float64Array
    pairs: Int64Array
    real: Float64Array
    synthetic: Float64Array
    real_sd: Float64Array
    synthetic_sd: Float64Array
    real_sem: Float64Array
    synthetic_sem: Float64Array
    real_d_prime: Float64Array
    synthetic_d_prime: Float64Array
    score: float
    score_interval: Interval
    ratio: float
    ratio_interval: Interval
    correlation: float
    correlation_interval: Interval
    pair_correlation: float
    pair_correlation_interval: Interval
    rmse: float
    rmse_interval: Interval
    sampled_pairs: int
    dropped_pairs: int


def ld_decay(real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0) -> LDDecay:
    """Compare the decay of r² with distance on sampled pairs of sites.

    Pairs are approximately uniform in log distance, after the methods of Yelmen et al. 2023 (PLoS Comput Biol
    19:e1011584): for index gaps 1, 2, 4, … non-overlapping contiguous pairs from a random start, and from others until
    there are at least 3,000 a gap, or all there are. They are drawn among the sites that vary in the real set; pairs on
    two contigs do not count, and pairs with a site fixed in the synthetic set are dropped.

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
        distance_edges(real.sites),
        CountedPairs.of(GroupedPanel.of(real, seed), pairs),
        CountedPairs.of(GroupedPanel.of(synthetic, seed), pairs),
    )


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


def ld_decay_of(
    edges: Float64Array, real: CountedPairs, synthetic: CountedPairs, *, common: BoolArray | None = None
) -> LDDecay:
    """Compare r² of the same pairs in two panels; of the ``common`` ones alone, where several sets are compared."""
    pairs = real.pairs
    bins = np.clip(np.searchsorted(edges, pairs.distance, side="right") - 1, 0, len(edges) - 2)
    in_real, in_synthetic = real.r_squared(), synthetic.r_squared()
    if common is not None:
        # A pair that is left out in one of the two counts in neither.
        in_real = np.where(common, in_real, np.nan)
        in_synthetic = np.where(common, in_synthetic, np.nan)
    kept = np.isfinite(in_real) & np.isfinite(in_synthetic)
    n_bins = len(edges) - 1
    real_decay, synthetic_decay = (_binned(values, bins, kept, n_bins) for values in (in_real, in_synthetic))
    agreement = _agreement(in_real, in_synthetic, bins)
    # The jackknife keeps the pairs: where a site varies no more without a group, the pair says nothing there.
    intervals = jackknife_intervals(
        agreement,
        [_agreement(real.r_squared(group), in_synthetic, bins) for group in real.panel.left_out],
        [_agreement(in_real, synthetic.r_squared(group), bins) for group in synthetic.panel.left_out],
    )
    score, ratio, correlation, pair_correlation, rmse = agreement
    return LDDecay(
        edges=edges,
        pairs=real_decay.pairs,
        real=real_decay.mean,
        synthetic=synthetic_decay.mean,
        real_sd=real_decay.sd,
        synthetic_sd=synthetic_decay.sd,
        real_sem=real_decay.sem,
        synthetic_sem=synthetic_decay.sem,
        real_d_prime=_binned(real.d_prime(), bins, kept, n_bins).mean,
        synthetic_d_prime=_binned(synthetic.d_prime(), bins, kept, n_bins).mean,
        score=float(np.clip(score, 0, 1)),
        score_interval=intervals[0].within(*SHARE),
        ratio=ratio,
        ratio_interval=intervals[1].within(*NOT_NEGATIVE),
        correlation=correlation,
        correlation_interval=intervals[2].within(*CORRELATION),
        pair_correlation=pair_correlation,
        pair_correlation_interval=intervals[3].within(*CORRELATION),
        rmse=rmse,
        rmse_interval=intervals[4].within(*NOT_NEGATIVE),
        sampled_pairs=len(pairs.first),
        dropped_pairs=int(np.count_nonzero(~kept)),
    )


@dataclass(frozen=True, slots=True, eq=False)
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


class _Agreement(NamedTuple):
    """Agreement of r² in two sets; all NaN without pairs."""

    score: float
    """1 - Σ|LD_gen - LD_real| / Σ LD_real over bins, unclipped."""
    ratio: float
    correlation: float
    pair_correlation: float
    rmse: float


def _agreement(in_real: Float64Array, in_synthetic: Float64Array, bins: Int64Array) -> _Agreement:
    kept = np.isfinite(in_real) & np.isfinite(in_synthetic)
    if not kept.any():
        return _Agreement(*[float("nan")] * 5)
    in_real, in_synthetic, bins = in_real[kept], in_synthetic[kept], bins[kept]
    pairs = np.bincount(bins)
    filled = pairs > 0
    real = np.bincount(bins, weights=in_real)[filled] / pairs[filled]
    synthetic = np.bincount(bins, weights=in_synthetic)[filled] / pairs[filled]
    total = float(real.sum())
    difference = in_synthetic - in_real
    return _Agreement(
        score=1 - float(np.abs(synthetic - real).sum()) / total if total > 0 else float("nan"),
        ratio=float(in_synthetic.sum() / in_real.sum()) if total > 0 else float("nan"),
        correlation=pearson(real, synthetic),
        pair_correlation=pearson(in_real, in_synthetic),
        rmse=float(np.sqrt(difference @ difference / len(difference))),
    )
