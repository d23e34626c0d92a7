"""A scan for selection in real and in synthetic rows: whether both find the same sites remarkable.

The score of a site is the logarithm of the ratio of its alleles' integrated haplotype homozygosities, the
unstandardised iHS (Voight et al. 2006, PLoS Biol 4:e72), which is far from 0 where the carriers of one allele have
stayed alike over long stretches. That score compares the ancestral with the derived allele. Panels say only which
allele is REF, so that it is of ALT over REF here: its sign tells of the reference genome, its agreement between two
sets does not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.haplotype_homozygosity import (
    LEAST_CARRIERS,
    LEAST_HOMOZYGOSITY,
    Walks,
    draw_frequent_sites,
)
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, Interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between
from artgen_fast.whole_numbers import require_seed

MOST_SITES = 1000
"""Sites that are scored at most, spread over the panel (our choice)."""

FREQUENCY_BINS = 10
"""Bins of equally many sites by real frequency, within which scores are standardised."""

_SITES_AT_ONCE = 64
"""So that the pairs along their walks, one column a group of persons, take little memory."""


@dataclass(frozen=True, slots=True, eq=False)
class SelectionScan:
    """Agreement of the scores ln(iHH of ALT / iHH of REF) of the same sites in two sets.

    Sites are drawn at random among those whose rarer real allele has a frequency of 5 % or more, 1,000 at most. EHH is
    followed out to where it is below 0.05, or to the contig's end, over gaps of any size.

    Attributes
    ----------
    n_sites : int
        Sites that have a score in both sets: each allele is carried by 10 haplotypes or more, and is alike over some
        distance.
    correlation : float
        Pearson r of the scores; NaN with fewer than two sites. Part of it is that the rarer allele's carriers are alike
        over longer stretches, whatever the site.
    standardised_correlation : float
        The same of scores less the mean of their frequency bin, over its standard deviation, in each set by itself, as
        scans standardise them: 10 bins of equally many sites by real frequency.
    correlation_interval, standardised_correlation_interval : Interval
        Delete-a-group jackknife over groups of persons of both sets, the sites fixed. Neighbouring sites say much the
        same: it does not tell of other regions.
    contig : tuple of str
        Of each drawn site, as the next ones.
    position : int64 array of shape (drawn sites,)
    real_score, synthetic_score : float64 arrays of shape (drawn sites,)
        To four decimals; NaN where there is none.
    """

    n_sites: int
    correlation: float
    standardised_correlation: float
    correlation_interval: Interval
    standardised_correlation_interval: Interval
    contig: tuple[str, ...]
    position: Int64Array
    real_score: Float64Array
    synthetic_score: Float64Array


def selection_scan(
    real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0, threads: int | None = None
) -> SelectionScan:
    """Compare the unstandardised and the standardised iHS of many sites.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites, of any sizes.
    seed : int
        Of the sites and of the jackknife's groups of persons.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    SelectionScan

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    counted = GroupedPanel.of(real, seed)
    sites = sites_to_scan(counted, seed)
    scored = scan(counted, sites, threads=threads), scan(GroupedPanel.of(synthetic, seed), sites, threads=threads)
    return selection_scan_of(counted, sites, *scored)


def sites_to_scan(real: GroupedPanel, seed: int = 0) -> Int64Array:
    """Draw sites, one from each of equal parts of those at which both real alleles are frequent enough; ascending."""
    rng = np.random.default_rng([require_seed(seed), real.haplotypes.n_sites, 13])
    return draw_frequent_sites(real, MOST_SITES, rng)


def scan(panel: GroupedPanel, sites: Int64Array, *, threads: int | None = None) -> LeftOut[Float64Array]:
    """Scores ln(iHH of ALT / iHH of REF), of everybody and without each group of persons.

    Parameters
    ----------
    panel : GroupedPanel
    sites : int64 array of shape (sites,)
    threads : int, optional

    Returns
    -------
    LeftOut of float64 arrays of shape (sites,)
        NaN where fewer than 10 of all haplotypes carry an allele, or it is alike over no distance.
    """
    counts, n = panel.counted()
    columns = np.array([0, *(1 + group for group in groups_to_leave_out(panel))])
    integrated = np.concatenate(
        [np.empty((0, 2, len(columns)))]
        + [
            _integrated(panel, sites[begin : begin + _SITES_AT_ONCE], threads)[..., columns]
            for begin in range(0, len(sites), _SITES_AT_ONCE)
        ]
    )
    enough = np.minimum(counts, n - counts)[sites] >= LEAST_CARRIERS
    known = enough[:, None] & (integrated > 0).all(axis=1)
    scores = np.full((len(sites), len(columns)), np.nan)
    scores[known] = np.log(integrated[:, 1][known] / integrated[:, 0][known])
    return LeftOut(scores[:, 0], list(scores[:, 1:].T))


def selection_scan_of(
    real: GroupedPanel, sites: Int64Array, in_real: LeftOut[Float64Array], in_synthetic: LeftOut[Float64Array]
) -> SelectionScan:
    """Compare two scans of the same sites."""
    frequency = real.counted().frequency[sites]
    bins = _equal_bins(frequency)

    def standardised(x: Float64Array, y: Float64Array) -> float:
        both = np.isfinite(x) & np.isfinite(y)
        return pearson(_standardised(x, both, bins), _standardised(y, both, bins))

    table = real.haplotypes.sites
    return SelectionScan(
        n_sites=int(np.count_nonzero(np.isfinite(in_real.whole) & np.isfinite(in_synthetic.whole))),
        correlation=pearson(in_real.whole, in_synthetic.whole),
        standardised_correlation=standardised(in_real.whole, in_synthetic.whole),
        correlation_interval=interval_between(pearson, in_real, in_synthetic).within(*CORRELATION),
        standardised_correlation_interval=interval_between(standardised, in_real, in_synthetic).within(*CORRELATION),
        contig=tuple(str(contig) for contig in table.contig[sites]),
        position=table.position[sites],
        real_score=np.round(in_real.whole, 4),
        synthetic_score=np.round(in_synthetic.whole, 4),
    )


def _integrated(panel: GroupedPanel, sites: Int64Array, threads: int | None) -> Float64Array:
    """The iHH in base pairs of REF and ALT, of everybody and without each group: shape (sites, 2, 1 + groups)."""
    position = panel.haplotypes.sites.position
    walks = Walks.around(sites, panel.haplotypes.sites).identical(panel, threads)
    integrated = np.empty((len(walks), panel.by_site.n_groups + 1))
    for walk, (core, pairs) in enumerate(zip(np.repeat(sites, 4), walks, strict=True)):
        reached = core + (2 * (walk % 2) - 1) * np.arange(len(pairs))
        ehh = pairs / np.maximum(pairs[0], 1)
        # A decay is followed to the first site where it is below the least one, that site included.
        steps = (ehh[1:] + ehh[:-1]) / 2 * (ehh[:-1] >= LEAST_HOMOZYGOSITY)
        integrated[walk] = np.abs(np.diff(position[reached])) @ steps
    sides: Float64Array = integrated.reshape(len(sites), 2, 2, -1).sum(axis=2)
    return sides


def _equal_bins(frequency: Float64Array) -> Int64Array:
    """Bin of each site, of about equally many by frequency; sites of one frequency may be in different ones."""
    rank = np.argsort(np.argsort(frequency, kind="stable"), kind="stable")
    bins: Int64Array = rank * FREQUENCY_BINS // max(len(frequency), 1)
    return bins


def _standardised(scores: Float64Array, known: BoolArray, bins: Int64Array) -> Float64Array:
    """Scores less the mean of their bin, over its standard deviation; NaN where that is not defined."""
    standardised = np.full(len(scores), np.nan)
    for place in range(FREQUENCY_BINS):
        own = known & (bins == place)
        if np.count_nonzero(own) > 1 and np.ptp(scores[own]) > 0:
            standardised[own] = (scores[own] - scores[own].mean()) / scores[own].std(ddof=1)
    return standardised
