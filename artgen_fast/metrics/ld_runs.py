"""Runs of sites in linkage disequilibrium with their neighbours, real against synthetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.contigs import contig_runs
from artgen_fast.metrics.sites.pairs import CountedPairs, SitePairs
from artgen_fast.metrics.uncertainty.intervals import NOT_NEGATIVE, SHARE, Interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between, interval_of

THRESHOLDS = (0.2, 0.5, 0.8)
"""r² from which two neighbours count as linked: weak linkage, an even share, and what is taken for a proxy."""

LEAST_MINOR_FREQUENCY = 0.05
"""Frequency of the rarer real allele from which a site is looked at. r² of a rare and a common site cannot be high, so
between all sites nearly every run would end at once, in any data."""


@dataclass(frozen=True, slots=True, eq=False)
class RunLengths:
    """Runs of one set at one threshold.

    Attributes
    ----------
    runs : int
        Maximal runs of two sites or more.
    linked : float
        Share of neighbouring sites whose r² reaches the threshold.
    mean_sites, mean_base_pairs : float
        Mean length of the runs; from the first to the last site. NaN without runs.
    longest_sites, longest_base_pairs : int
    by_sites, by_base_pairs : int64 arrays of shape (bins,)
        Runs by length, in the bins of `LDRuns`.
    linked_interval, mean_sites_interval, mean_base_pairs_interval : Interval
        Delete-a-group jackknife over groups of persons, with the sites as they were chosen in the real set: other
        people would also choose others, so that they are too narrow for a set alone (two sets share the choice).
    """

    runs: int
    linked: float
    mean_sites: float
    mean_base_pairs: float
    longest_sites: int
    longest_base_pairs: int
    by_sites: Int64Array
    by_base_pairs: Int64Array
    linked_interval: Interval
    mean_sites_interval: Interval
    mean_base_pairs_interval: Interval


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Runs of both sets at one threshold.

    Attributes
    ----------
    threshold : float
        r² from which neighbours are linked.
    real, synthetic : RunLengths
    sites_ratio, base_pairs_ratio : float
        Mean length of the synthetic runs over that of the real ones: below 1 where LD is broken up.
    distance : float
        1-Wasserstein distance between the distributions of log2(sites): by how many doublings runs differ. Never below
        0, so two samples of one population are some way above it.
    sites_ratio_interval, base_pairs_ratio_interval, distance_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    threshold: float
    real: RunLengths
    synthetic: RunLengths
    sites_ratio: float
    base_pairs_ratio: float
    distance: float
    sites_ratio_interval: Interval
    base_pairs_ratio_interval: Interval
    distance_interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class LDRuns:
    """Lengths of runs of linked neighbours at several thresholds.

    Attributes
    ----------
    sites : int
        Sites that are looked at, those whose rarer real allele is frequent enough; the same in both sets.
    least_minor_frequency : float
    pairs : int
        Neighbouring ones of them, both on one contig.
    pairs_fixed_in_synthetic : int
        Pairs with a site that does not vary in the synthetic set. They end a run there.
    site_edges, base_pair_edges : int64 arrays of shape (bins + 1,)
        Edges of the bins of lengths; a bin holds its lower edge, not its upper one.
    thresholds : tuple of RunComparison
    """

    sites: int
    least_minor_frequency: float
    pairs: int
    pairs_fixed_in_synthetic: int
    site_edges: Int64Array
    base_pair_edges: Int64Array
    thresholds: tuple[RunComparison, ...]


def ld_runs(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    least_minor_frequency: float = LEAST_MINOR_FREQUENCY,
) -> LDRuns:
    """Compare the lengths of runs of sites of which each is linked to the next.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites.
    seed : int
        Of the jackknife's groups of persons.
    least_minor_frequency : float
        Frequency of the rarer real allele from which a site is looked at, above 0 (every varying site) and up to ½.

    Returns
    -------
    LDRuns

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or the frequency is out of range.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    return ld_runs_of(
        GroupedPanel.of(real, seed),
        GroupedPanel.of(synthetic, seed),
        least_minor_frequency=least_minor_frequency,
    )


def ld_runs_of(
    real: GroupedPanel, synthetic: GroupedPanel, *, least_minor_frequency: float = LEAST_MINOR_FREQUENCY
) -> LDRuns:
    """Compare the runs of two counted panels."""
    if not 0 < least_minor_frequency <= 0.5:
        raise InputError(f"least_minor_frequency must be above 0 and at most 0.5; got {least_minor_frequency!r}.")
    counts, n = real.counted()
    chosen = np.flatnonzero(np.minimum(counts, n - counts) >= least_minor_frequency * n)
    neighbours = _Neighbours.among(real.haplotypes.sites, chosen)
    in_real, in_synthetic = (_r_squared(panel, neighbours.pairs) for panel in (real, synthetic))
    return LDRuns(
        sites=len(chosen),
        least_minor_frequency=least_minor_frequency,
        pairs=len(neighbours.pairs.first),
        pairs_fixed_in_synthetic=int(np.count_nonzero(np.isnan(in_synthetic.whole))),
        site_edges=neighbours.site_edges,
        base_pair_edges=neighbours.base_pair_edges,
        thresholds=tuple(_compared(neighbours, threshold, in_real, in_synthetic) for threshold in THRESHOLDS),
    )


class _Runs(NamedTuple):
    """Lengths of runs, int64 arrays of shape (runs,), and the share of neighbours that are linked."""

    sites: Int64Array
    base_pairs: Int64Array
    linked: float


@dataclass(frozen=True, slots=True, eq=False)
class _Neighbours:
    """Chosen sites next to each other on a contig.

    Attributes
    ----------
    pairs : SitePairs
    ends_contig : bool array of shape (pairs,)
        Whether the next pair lies on another contig.
    position : int64 array of shape (sites,)
        Of every site of the panel.
    """

    pairs: SitePairs
    ends_contig: BoolArray
    position: Int64Array

    @classmethod
    def among(cls, sites: Sites, chosen: Int64Array) -> _Neighbours:
        """Neighbours among the chosen sites."""
        first, second = chosen[:-1], chosen[1:]
        contig = contig_runs(sites)
        together = contig[first] == contig[second]
        first, second = first[together], second[together]
        distance = np.abs(sites.position[second] - sites.position[first]).astype(np.float64)
        return cls(SitePairs(first, second, distance), np.diff(contig[first], append=-1) != 0, sites.position)

    @property
    def site_edges(self) -> Int64Array:
        """2, 3, 5, 9, 17 … up to a run of all sites of the panel."""
        return _doubling(len(self.pairs.first) + 1) + 1

    @property
    def base_pair_edges(self) -> Int64Array:
        """0, 1, 2, 4, 8 … up to the sum of all distances."""
        return np.concatenate([[0], _doubling(int(self.pairs.distance.sum()))])

    def runs(self, r_squared: Float64Array, threshold: float) -> _Runs:
        """Maximal runs of neighbours of which each pair reaches the threshold; where r² is NaN, a run ends."""
        linked = r_squared >= threshold
        breaks = np.ones(len(linked) + 1, dtype=bool)
        # A run of pairs begins after a pair that is not linked, or on a new contig, and ends before one.
        breaks[1:-1] = ~linked[:-1] | self.ends_contig[:-1]
        begin = np.flatnonzero(linked & breaks[:-1])
        breaks[1:-1] = ~linked[1:] | self.ends_contig[:-1]
        end = np.flatnonzero(linked & breaks[1:])
        spans = np.abs(self.position[self.pairs.second[end]] - self.position[self.pairs.first[begin]])
        share = float(linked.mean()) if len(linked) else float("nan")
        return _Runs(end - begin + 2, spans, share)


def _doubling(most: int) -> Int64Array:
    """1, 2, 4, 8 … until above the greatest length."""
    return 1 << np.arange(max(most, 1).bit_length() + 1, dtype=np.int64)


def _r_squared(panel: GroupedPanel, pairs: SitePairs) -> LeftOut[Float64Array]:
    counted = CountedPairs.of(panel, pairs)
    return LeftOut(counted.r_squared(), [counted.r_squared(group) for group in groups_to_leave_out(panel)])


def _compared(
    neighbours: _Neighbours, threshold: float, in_real: LeftOut[Float64Array], in_synthetic: LeftOut[Float64Array]
) -> RunComparison:
    real, synthetic = (
        LeftOut(
            neighbours.runs(r_squared.whole, threshold),
            [neighbours.runs(without, threshold) for without in r_squared.without],
        )
        for r_squared in (in_real, in_synthetic)
    )
    return RunComparison(
        threshold=threshold,
        real=_lengths(neighbours, real),
        synthetic=_lengths(neighbours, synthetic),
        sites_ratio=_sites_ratio(real.whole, synthetic.whole),
        base_pairs_ratio=_base_pairs_ratio(real.whole, synthetic.whole),
        distance=_distance(real.whole, synthetic.whole),
        sites_ratio_interval=interval_between(_sites_ratio, real, synthetic).within(*NOT_NEGATIVE),
        base_pairs_ratio_interval=interval_between(_base_pairs_ratio, real, synthetic).within(*NOT_NEGATIVE),
        distance_interval=interval_between(_distance, real, synthetic).within(*NOT_NEGATIVE),
    )


def _lengths(neighbours: _Neighbours, runs: LeftOut[_Runs]) -> RunLengths:
    sites, base_pairs, linked = runs.whole
    return RunLengths(
        runs=len(sites),
        linked=linked,
        mean_sites=_mean_sites(runs.whole),
        mean_base_pairs=_mean_base_pairs(runs.whole),
        longest_sites=int(sites.max(initial=0)),
        longest_base_pairs=int(base_pairs.max(initial=0)),
        by_sites=np.histogram(sites, neighbours.site_edges)[0].astype(np.int64),
        by_base_pairs=np.histogram(base_pairs, neighbours.base_pair_edges)[0].astype(np.int64),
        linked_interval=interval_of(lambda part: part.linked, runs).within(*SHARE),
        mean_sites_interval=interval_of(_mean_sites, runs).within(*NOT_NEGATIVE),
        mean_base_pairs_interval=interval_of(_mean_base_pairs, runs).within(*NOT_NEGATIVE),
    )


def _mean_sites(runs: _Runs) -> float:
    return float(runs.sites.mean()) if len(runs.sites) else float("nan")


def _mean_base_pairs(runs: _Runs) -> float:
    return float(runs.base_pairs.mean()) if len(runs.sites) else float("nan")


def _sites_ratio(real: _Runs, synthetic: _Runs) -> float:
    return _mean_sites(synthetic) / _mean_sites(real)


def _base_pairs_ratio(real: _Runs, synthetic: _Runs) -> float:
    of_real = _mean_base_pairs(real)
    return _mean_base_pairs(synthetic) / of_real if of_real > 0 else float("nan")


def _distance(real: _Runs, synthetic: _Runs) -> float:
    """1-Wasserstein distance between the distributions of log2(sites)."""
    if not len(real.sites) or not len(synthetic.sites):
        return float("nan")
    longest = int(max(real.sites.max(), synthetic.sites.max()))
    below = [np.cumsum(np.bincount(runs.sites, minlength=longest + 1)) / len(runs.sites) for runs in (real, synthetic)]
    return float(np.abs(below[0] - below[1])[1:-1] @ np.diff(np.log2(np.arange(1, longest + 1))))
