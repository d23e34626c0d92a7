"""Extended haplotype homozygosity around core sites: how far carriers of an allele stay identical, real and synthetic.

EHH at a site is the chance that two carriers of the core allele are identical from the core out to that site (Sabeti
et al. 2002, Nature 419:832). Its integral over the distance is the iHH of selection scans (Voight et al. 2006, PLoS
Biol 4:e72).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels.identical_haplotypes import identical_pairs
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.windows import contig_windows
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, NOT_NEGATIVE, SHARE, Interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between
from artgen_fast.whole_numbers import require_seed, whole_number

CORES = 16
MOST_CORES = 32

LEAST_MINOR_FREQUENCY = 0.05
"""Frequency of the rarer real allele from which a site may be chosen as a core."""

LEAST_CARRIERS = 10
"""An allele that fewer haplotypes of either set carry is left out: its decay is noise, and tells of single people."""

LEAST_HOMOZYGOSITY = 0.05
"""A decay is followed out to the first site where EHH is below this."""

DISTANCES = 20
"""Distances on each side at which decays are kept for drawing, evenly spaced in the logarithm over three decades."""


@dataclass(frozen=True, slots=True, eq=False)
class CoreDecays:
    """EHH around each core site, of the carriers of REF and of ALT.

    Values are NaN for an allele that fewer than 10 haplotypes of one set carry.

    Attributes
    ----------
    contig : tuple of str
    position : int64 array of shape (cores,)
    real_frequency, synthetic_frequency : float64 arrays of shape (cores,)
        Frequency of ALT, to two decimals.
    difference : float64 array of shape (cores, 2)
        Mean |synthetic - real| EHH over the sites out to where both are below 0.05, or to the contig's ends; REF, ALT.
    real_integrated, synthetic_integrated : float64 arrays of shape (cores, 2)
        iHH in base pairs: EHH integrated over the distance (trapezoids) out to the first site where it is below 0.05,
        or to the contig's ends.
    distances : float64 array of shape (points,)
        Distances from the core in base pairs, below 0 to the left.
    real, synthetic : float64 arrays of shape (cores, 2, points)
        EHH at the last site within each distance, to four decimals; 0 beyond the first site where it is below 0.05,
        NaN beyond a contig's end that comes before.
    """

    contig: tuple[str, ...]
    position: Int64Array
    real_frequency: Float64Array
    synthetic_frequency: Float64Array
    difference: Float64Array
    real_integrated: Float64Array
    synthetic_integrated: Float64Array
    distances: Float64Array
    real: Float64Array
    synthetic: Float64Array


@dataclass(frozen=True, slots=True)
class HaplotypeHomozygosity:
    """Agreement of the decay of EHH around the cores.

    Attributes
    ----------
    difference : float
        Mean over cores and alleles of the mean |synthetic - real| EHH. Never below 0, so two samples of one population
        are some way above it.
    integrated_ratio : float
        Mean iHH of the synthetic set over that of the real one: below 1 where haplotypes are broken up.
    integrated_correlation : float
        Pearson r of log(1 + iHH) over cores and alleles.
    difference_interval, integrated_ratio_interval, integrated_correlation_interval : Interval
        Delete-a-group jackknife over groups of persons, the cores fixed.
    cores : CoreDecays
    """

    difference: float
    integrated_ratio: float
    integrated_correlation: float
    difference_interval: Interval
    integrated_ratio_interval: Interval
    integrated_correlation_interval: Interval
    cores: CoreDecays


def haplotype_homozygosity(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    cores: Sequence[int] | npt.NDArray[np.integer] | None = None,
    n_cores: int = CORES,
    threads: int | None = None,
) -> HaplotypeHomozygosity:
    """Compare the decay of extended haplotype homozygosity around core sites.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites, of any sizes.
    seed : int
        Of the cores and of the jackknife's groups of persons.
    cores : sequence of int, optional
        Indices of the core sites. Default: sites drawn at random among those whose rarer real allele has a frequency
        of 5 % or more, one from each of ``n_cores`` equal parts of them.
    n_cores : int
        Number of cores to draw, 1 … 32.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    HaplotypeHomozygosity
        NaN where no core has enough carriers.

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or the cores are not possible.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    counted = GroupedPanel.of(real, seed)
    chosen = choose_cores(counted, n_cores, seed) if cores is None else require_cores(cores, real.n_sites)
    return haplotype_homozygosity_of(counted, GroupedPanel.of(synthetic, seed), chosen, threads=threads)


def choose_cores(real: GroupedPanel, n_cores: int = CORES, seed: int = 0) -> Int64Array:
    """Draw core sites, spread over the panel, at which both alleles are frequent enough in the real set."""
    number = whole_number(n_cores)
    if number is None or not 1 <= number <= MOST_CORES:
        raise InputError(f"n_cores must be a whole number from 1 to {MOST_CORES}; got {n_cores!r}.")
    return draw_frequent_sites(real, number, np.random.default_rng([require_seed(seed), real.haplotypes.n_sites, 8]))


def draw_frequent_sites(real: GroupedPanel, most: int, rng: np.random.Generator) -> Int64Array:
    """Sites, one from each of equal parts of those at which both real alleles are frequent enough; ascending."""
    counts, n = real.counted()
    possible = np.flatnonzero(np.minimum(counts, n - counts) >= max(LEAST_MINOR_FREQUENCY * n, LEAST_CARRIERS))
    number = min(most, len(possible))
    edges = np.arange(number + 1) * len(possible) // max(number, 1)
    sites: Int64Array = possible[rng.integers(edges[:-1], edges[1:])]
    return sites


def require_carriers(real: Haplotypes, cores: Int64Array) -> Int64Array:
    """The given core sites, if enough real rows carry each allele of each."""
    carriers = real[:, cores].allele_counts()
    fewest = np.minimum(carriers, len(real) - carriers)
    if np.any(fewest < LEAST_CARRIERS):
        at = int(np.argmax(fewest < LEAST_CARRIERS))
        raise InputError(
            f"a core must have at least {LEAST_CARRIERS} real rows with each allele; "
            f"{real.sites.describe(cores[at])} has {fewest[at]} with the rarer one. Choose another site."
        )
    return cores


def require_cores(cores: Sequence[int] | npt.NDArray[np.integer], n_sites: int) -> Int64Array:
    """The given core sites, checked."""
    given = np.asarray(cores)
    if given.ndim != 1 or given.dtype.kind not in "iu" or not 1 <= len(given) <= MOST_CORES:
        raise InputError(
            f"cores must be the indices of 1 to {MOST_CORES} sites; got {given.dtype} of shape {given.shape}."
        )
    if given.min() < 0 or given.max() >= n_sites or len(np.unique(given)) < len(given):
        raise InputError(f"cores must be different site indices from 0 to {n_sites - 1}; got {given.tolist()!s:.80}.")
    return given.astype(np.int64)


def haplotype_homozygosity_of(
    real: GroupedPanel, synthetic: GroupedPanel, cores: Int64Array, *, threads: int | None = None
) -> HaplotypeHomozygosity:
    """Compare two counted panels around given cores."""
    walks = Walks.around(cores, real.haplotypes.sites)
    enough = walks.have_carriers(real) & walks.have_carriers(synthetic)
    in_real, in_synthetic = (walks.decays(panel, threads) for panel in (real, synthetic))

    def integrated(decays: _Decays) -> Float64Array:
        return np.where(enough, walks.integrated(decays), np.nan)

    def difference(real: _Decays, synthetic: _Decays) -> Float64Array:
        return np.where(enough, walks.difference(real, synthetic), np.nan)

    def mean_difference(real: _Decays, synthetic: _Decays) -> float:
        return float(difference(real, synthetic)[enough].mean()) if enough.any() else float("nan")

    def ratio(real: _Decays, synthetic: _Decays) -> float:
        of_real = integrated(real)[enough].sum()
        return float(integrated(synthetic)[enough].sum() / of_real) if of_real > 0 else float("nan")

    def correlation(real: _Decays, synthetic: _Decays) -> float:
        return pearson(np.log1p(integrated(real)).ravel(), np.log1p(integrated(synthetic)).ravel())

    sites = real.haplotypes.sites
    distances = _distances(walks.longest(in_real.whole, in_synthetic.whole))
    return HaplotypeHomozygosity(
        difference=mean_difference(in_real.whole, in_synthetic.whole),
        integrated_ratio=ratio(in_real.whole, in_synthetic.whole),
        integrated_correlation=correlation(in_real.whole, in_synthetic.whole),
        difference_interval=interval_between(mean_difference, in_real, in_synthetic).within(*SHARE),
        integrated_ratio_interval=interval_between(ratio, in_real, in_synthetic).within(*NOT_NEGATIVE),
        integrated_correlation_interval=interval_between(correlation, in_real, in_synthetic).within(*CORRELATION),
        cores=CoreDecays(
            contig=tuple(str(contig) for contig in sites.contig[cores]),
            position=sites.position[cores],
            real_frequency=np.round(real.counted().frequency[cores], 2),
            synthetic_frequency=np.round(synthetic.counted().frequency[cores], 2),
            difference=difference(in_real.whole, in_synthetic.whole),
            real_integrated=integrated(in_real.whole),
            synthetic_integrated=integrated(in_synthetic.whole),
            distances=distances,
            real=np.where(enough[..., None], walks.drawn(in_real.whole, distances), np.nan),
            synthetic=np.where(enough[..., None], walks.drawn(in_synthetic.whole, distances), np.nan),
        ),
    )


_Decays = list[Float64Array]
"""EHH of each walk, from 1 at the core to the first site where it is below 0.05, or to the contig's end."""


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Walks from each core: of the carriers of REF, then ALT; of each to the left, then to the right.

    Attributes
    ----------
    core : int64 array of shape (cores,)
    begin, end : int64 arrays of shape (cores,)
        The core's contig holds the sites ``begin`` … ``end - 1``.
    position : int64 array of shape (sites,)
    """

    core: Int64Array
    begin: Int64Array
    end: Int64Array
    position: Int64Array

    @classmethod
    def around(cls, cores: Int64Array, sites: Sites) -> Walks:
        """Walks from the cores to the ends of their contigs."""
        contigs = contig_windows(sites)
        contig = np.searchsorted(contigs.begin, cores, side="right") - 1
        return cls(cores, contigs.begin[contig], contigs.end[contig], sites.position)

    def have_carriers(self, panel: GroupedPanel) -> BoolArray:
        """Whether enough haplotypes carry each allele, bool of shape (cores, 2)."""
        counts, n = panel.counted()
        carriers = np.stack([n - counts[self.core], counts[self.core]], axis=1)
        return np.asarray(carriers >= LEAST_CARRIERS)

    def identical(self, panel: GroupedPanel, threads: int | None) -> list[Int64Array]:
        """Pairs of carriers that are alike up to each site of each walk, int64 of shape (sites, 1 + groups)."""
        return identical_pairs(
            panel.by_site,
            np.repeat(self.core, 4),
            np.tile([0, 0, 1, 1], len(self.core)),
            np.stack([self.begin - 1, self.end, self.begin - 1, self.end], axis=1).ravel(),
            LEAST_HOMOZYGOSITY,
            threads=threads,
        )

    def decays(self, panel: GroupedPanel, threads: int | None) -> LeftOut[_Decays]:
        """Decays of EHH of each walk, and without each group of persons."""
        pairs = self.identical(panel, threads)
        without = [_decays(pairs, 1 + group) for group in groups_to_leave_out(panel)]
        return LeftOut(_decays(pairs, 0), without)

    def distance(self, walk: int, steps: int) -> Float64Array:
        """Distances in base pairs from the core to each site of a walk."""
        core, direction = self.core[walk // 4], 2 * (walk % 2) - 1
        distance: Float64Array = np.abs(self.position[core + direction * np.arange(steps)] - self.position[core])
        return distance

    def integrated(self, decays: _Decays) -> Float64Array:
        """The iHH of each core and allele, float64 of shape (cores, 2)."""
        sides = [
            float((decay[1:] + decay[:-1]) @ np.diff(self.distance(walk, len(decay)))) / 2
            for walk, decay in enumerate(decays)
        ]
        return _by_allele(sides)

    def difference(self, real: _Decays, synthetic: _Decays) -> Float64Array:
        """Mean |synthetic - real| over the sites that either is followed to, float64 of shape (cores, 2)."""
        sums, sites = [], []
        for a, b in zip(real, synthetic, strict=True):
            shorter, longer = sorted((a, b), key=len)
            # Beyond its end a decay counts as 0; both are 1 at the core.
            sums.append(np.abs(longer[: len(shorter)] - shorter).sum() + longer[len(shorter) :].sum())
            sites.append(len(longer) - 1)
        return _by_allele(sums) / np.maximum(_by_allele(sites), 1)

    def longest(self, *sets: _Decays) -> float:
        """Greatest distance that any decay is followed to."""
        return max(
            (float(self.distance(walk, len(decay))[-1]) for decays in sets for walk, decay in enumerate(decays)),
            default=0.0,
        )

    def drawn(self, decays: _Decays, distances: Float64Array) -> Float64Array:
        """EHH at distances from the core, left ones below 0, float64 of shape (cores, 2, points)."""
        drawn = np.empty((len(decays), len(distances)))
        for walk, decay in enumerate(decays):
            reached = self.distance(walk, len(decay))
            outward = distances if walk % 2 else -distances
            beyond = 0.0 if decay[-1] < LEAST_HOMOZYGOSITY else np.nan
            values = np.where(outward > reached[-1], beyond, decay[np.searchsorted(reached, outward, side="right") - 1])
            drawn[walk] = np.where(outward >= 0, values, 0)
        both: Float64Array = np.where(distances < 0, drawn[::2], drawn[1::2])
        return np.round(both, 4).reshape(-1, 2, len(distances))


def _by_allele(walks: Sequence[float]) -> Float64Array:
    """Sums over the left and the right walk, float64 of shape (cores, 2)."""
    sums: Float64Array = np.array(walks, dtype=np.float64).reshape(-1, 2, 2).sum(axis=2)
    return sums


def _decays(pairs: list[Int64Array], column: int) -> _Decays:
    """Decays from pairs, of everybody (column 0) or without a group of persons."""
    decays = []
    for counts in pairs:
        own = counts[:, column]
        share = own / own[0] if own[0] else np.zeros(len(own))
        decays.append(share[: 1 + np.count_nonzero(share >= LEAST_HOMOZYGOSITY)])
    return decays


def _distances(longest: float) -> Float64Array:
    """Distances at which decays are drawn, from left to right."""
    outward = np.geomspace(max(longest, 1.0) / 1000, max(longest, 1.0), DISTANCES)
    return np.concatenate([-outward[::-1], np.zeros(1), outward]).round(1)
