"""Linkage disequilibrium between all parts of the region, real against synthetic, as a map of mean r² in bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.pair_counts import SiteMajor
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.contigs import contig_borders
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, Interval, jackknife_interval
from artgen_fast.whole_numbers import whole_number

BINS = 160
"""A result of so many is about 110 kB of JSON."""

MOST_BINS = 1000
MOST_SITES = 16_384
"""Sites compared with each other at most, evenly chosen: the time grows with their square."""

CORRELATION_SITES = 2400
"""Sites, evenly chosen among those, of the maps whose correlation is given: its jackknife takes 40 maps."""

UNIT = 1e-4
"""Unit in which a result keeps mean r²."""

NO_PAIRS = -1


@dataclass(frozen=True, slots=True, eq=False)
class LDHeatMap:
    """Mean r² between bins of consecutive sites, in both sets.

    Attributes
    ----------
    sites : int
        Sites compared with each other.
    varying_sites : int
        Sites that vary in both sets, among which they are evenly chosen.
    contigs : tuple of str
    contig_bins : int64 array of shape (contigs,)
        First bin of each contig. A contig too short for half a bin shares that of its neighbour and is not named.
    first_position, last_position : int64 arrays of shape (bins,)
        Position of the first and of the last site of each bin, in base pairs.
    real, synthetic : int64 arrays of shape (bins · (bins + 1) / 2,)
        Mean r² over the pairs of different sites of two bins, in units of 1e-4: the lower triangle row by row, with
        the diagonal; -1 where there is no pair.
    correlation : float
        Pearson r of the mean r² of different bins in both sets, in maps of ``correlation_sites`` of the sites. More
        sites a bin give less noise and a higher correlation: compare those of equally many.
    correlation_interval : Interval
        Of the same maps: delete-a-group jackknife over groups of persons, with the sites as chosen.
    correlation_sites : int
        How many of them.
    """

    sites: int
    varying_sites: int
    contigs: tuple[str, ...]
    contig_bins: Int64Array
    first_position: Int64Array
    last_position: Int64Array
    real: Int64Array
    synthetic: Int64Array
    correlation: float
    correlation_interval: Interval
    correlation_sites: int

    @property
    def bins(self) -> int:
        """Number of bins."""
        return len(self.first_position)

    def mean_r2(self) -> Float64Array:
        """The map: real below the diagonal, synthetic above.

        Returns
        -------
        float64 array of shape (bins, bins)
            NaN on the diagonal and where there is no pair.
        """
        table = np.full((self.bins, self.bins), np.nan)
        below = np.tril_indices(self.bins)
        for (row, column), values in ((below, self.real), (below[::-1], self.synthetic)):
            table[row, column] = np.where(values == NO_PAIRS, np.nan, values * UNIT)
        np.fill_diagonal(table, np.nan)
        return table


def ld_heat_map(real: Haplotypes, synthetic: Haplotypes, bins: int = BINS, *, seed: int = 0) -> LDHeatMap:
    """Compare r² between all parts of the region (figures of Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

    Sites that are fixed in either set are dropped; of more than 16,384, so many are evenly chosen. Bins hold equally
    many sites, but for those at the borders of contigs.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. r² of n haplotypes is too high by about 1/n: compare equal sizes.
    bins : int
        2 … 1,000; fewer are made where there are fewer sites.
    seed : int
        Of the jackknife's groups of persons.

    Returns
    -------
    LDHeatMap
        Without bins where no site varies in both sets.

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or ``bins`` is out of range.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    return ld_heat_map_of(GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed), bins)


def ld_heat_map_of(real: GroupedPanel, synthetic: GroupedPanel, bins: int = BINS) -> LDHeatMap:
    """Compare r² between all parts of the region of two panels."""
    n_bins = whole_number(bins)
    if n_bins is None or not 2 <= n_bins <= MOST_BINS:
        raise InputError(f"bins must be a whole number from 2 to {MOST_BINS}; got {bins!r}.")
    varying = np.flatnonzero(real.counted().varies & synthetic.counted().varies)
    chosen = varying[_evenly(len(varying), MOST_SITES)]
    sites = real.haplotypes.sites[chosen]
    edges = _bin_edges(sites, n_bins)
    below = np.tril_indices(len(edges) - 1)
    real_map, synthetic_map = (_mean_r2(panel.by_site.take(chosen), edges) for panel in (real, synthetic))
    fewer = _evenly(len(chosen), CORRELATION_SITES)
    correlation, interval = _correlation(real, synthetic, chosen[fewer], np.searchsorted(fewer, edges))
    borders = np.concatenate([np.zeros(min(1, len(sites)), dtype=np.int64), contig_borders(sites)])
    kept = borders[np.isin(borders, edges)]
    return LDHeatMap(
        sites=len(chosen),
        varying_sites=len(varying),
        contigs=tuple(str(contig) for contig in sites.contig[kept]),
        contig_bins=np.searchsorted(edges, kept).astype(np.int64),
        first_position=sites.position[edges[:-1]],
        last_position=sites.position[edges[1:] - 1],
        real=_in_units(real_map[below]),
        synthetic=_in_units(synthetic_map[below]),
        correlation=correlation,
        correlation_interval=interval,
        correlation_sites=len(fewer),
    )


def _evenly(available: int, most: int) -> Int64Array:
    """Indices of at most so many of the available things, evenly spaced, the first and the last among them."""
    wanted = min(available, most)
    return np.rint(np.linspace(0, max(available - 1, 0), wanted)).astype(np.int64)


def _bin_edges(sites: Sites, bins: int) -> Int64Array:
    """First site of each bin, and the end: equally many sites a bin, the edge nearest to a border of contigs on it."""
    equal = np.unique(np.rint(np.linspace(0, len(sites), min(bins, len(sites)) + 1)).astype(np.int64))
    edges = equal.copy()
    for border in contig_borders(sites):
        nearest = int(np.argmin(np.abs(equal - border)))
        if 0 < nearest < len(equal) - 1:
            edges[nearest] = border
    return edges


def _mean_r2(by_site: SiteMajor, edges: Int64Array) -> Float64Array:
    if len(edges) < 2:
        return np.zeros((0, 0))
    return pair_counts.binned_r2(by_site, edges).mean


def _correlation(
    real: GroupedPanel, synthetic: GroupedPanel, sites: Int64Array, edges: Int64Array
) -> tuple[float, Interval]:
    """Pearson r of mean r² in different bins of both sets, and its interval."""
    in_real, in_synthetic = (panel.by_site.take(sites) for panel in (real, synthetic))
    real_map, synthetic_map = _mean_r2(in_real, edges), _mean_r2(in_synthetic, edges)
    value = _pearson_off_diagonal(real_map, synthetic_map)
    without_real = (_mean_r2(_without(in_real, group), edges) for group in real.left_out)
    without_synthetic = (_mean_r2(_without(in_synthetic, group), edges) for group in synthetic.left_out)
    interval = jackknife_interval(
        value,
        [_pearson_off_diagonal(each, synthetic_map) for each in without_real],
        [_pearson_off_diagonal(real_map, each) for each in without_synthetic],
    )
    return value, interval.within(*CORRELATION)


def _pearson_off_diagonal(real: Float64Array, synthetic: Float64Array) -> float:
    below = np.tril_indices(len(real), -1)
    return pearson(real[below], synthetic[below])


def _without(by_site: SiteMajor, group: int) -> SiteMajor:
    """The haplotypes of all groups but one: its place stays and is empty."""
    bits, sizes, counts = by_site.bits.copy(), by_site.group_sizes.copy(), by_site.counts.copy()
    bits[:, slice(*by_site.group_words[group : group + 2])] = 0
    sizes[group], counts[:, group] = 0, 0
    return SiteMajor(bits, by_site.group_words, sizes, counts)


def _in_units(mean_r2: Float64Array) -> Int64Array:
    return np.where(np.isfinite(mean_r2), np.rint(mean_r2 / UNIT), NO_PAIRS).astype(np.int64)
