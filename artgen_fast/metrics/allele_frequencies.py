"""Agreement of allele frequencies between real and synthetic haplotypes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours import require_comparable
from artgen_fast.metrics.uncertainty import Interval, jackknife_interval, person_groups

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

RARE = 0.2
"""Real allele frequency up to which a site counts as rare in the paper's score."""

FREQUENCY_BINS = 50


@dataclass(frozen=True, slots=True)
class Agreement:
    """Linear agreement of synthetic with real allele frequencies over some sites.

    Attributes
    ----------
    n_sites : int
    r : float
        Pearson correlation; NaN where the frequencies of either set do not vary.
    slope, intercept : float
        Ordinary least squares of synthetic on real frequency.
    r_interval, slope_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    n_sites: int
    r: float
    slope: float
    intercept: float
    r_interval: Interval
    slope_interval: Interval


@dataclass(frozen=True, slots=True)
class AlleleFrequencies:
    """Allele frequencies of two sets, compared.

    Attributes
    ----------
    all_sites, rare_sites : Agreement
        Over every site, and over sites of real frequency ≤ 0.2.
    fixed_in_synthetic : int
        Sites that vary in the real set and not in the synthetic one: alleles lost.
    fixed_in_synthetic_by_frequency : int64 array of shape (50,)
        The same by real frequency of the rarer allele, in 50 equal bins from 0 to ½.
    fixed_in_real : int
        Sites that vary in the synthetic set and not in the real one: alleles invented.
    fixed_in_both : int
    density : int64 array of shape (50, 50)
        Sites by real frequency (first axis) and synthetic frequency (second), in equal bins from 0 to 1.
    """

    all_sites: Agreement
    rare_sites: Agreement
    fixed_in_synthetic: int
    fixed_in_synthetic_by_frequency: Int64Array
    fixed_in_real: int
    fixed_in_both: int
    density: Int64Array


@dataclass(frozen=True, slots=True)
class GroupedCounts:
    """Allele counts of a panel by group of persons, for the jackknife.

    Attributes
    ----------
    counts : int64 array of shape (groups, sites)
        Haplotypes of each group that carry ALT.
    rows : int64 array of shape (groups,)
        Haplotypes of each group.
    """

    counts: Int64Array
    rows: Int64Array

    @classmethod
    def of(cls, haplotypes: Haplotypes, seed: int = 0) -> GroupedCounts:
        """Count the alleles of a panel, its persons dealt to groups with the seed."""
        groups = person_groups(haplotypes.samples.units(), seed)
        rows = np.bincount(groups)
        order = np.argsort(groups, kind="stable")
        ends = np.cumsum(rows)
        counts = [haplotypes[order[end - size : end]].allele_counts() for end, size in zip(ends, rows, strict=True)]
        return cls(np.stack(counts), rows)

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.rows)

    @property
    def total(self) -> Int64Array:
        """Haplotypes that carry ALT, int64 of shape (sites,)."""
        total: Int64Array = self.counts.sum(axis=0)
        return total

    @property
    def n_haplotypes(self) -> int:
        """Haplotypes of the panel."""
        return int(self.rows.sum())

    def frequencies(self, without: int | None = None) -> Float64Array:
        """Frequency of ALT at each site, of all groups or of all but one; float64 of shape (sites,)."""
        counts, rows = self.total, self.n_haplotypes
        if without is not None:
            counts, rows = counts - self.counts[without], rows - int(self.rows[without])
        frequencies: Float64Array = counts / rows
        return frequencies


def allele_frequencies(real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0) -> AlleleFrequencies:
    """Compare allele frequencies (METHODS of Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites, of any sizes.
    seed : int
        Of the jackknife's groups of persons.

    Returns
    -------
    AlleleFrequencies

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    return allele_frequencies_of(GroupedCounts.of(real, seed), GroupedCounts.of(synthetic, seed))


def allele_frequencies_of(real: GroupedCounts, synthetic: GroupedCounts) -> AlleleFrequencies:
    """Compare the allele counts of two panels."""
    in_real, in_synthetic = real.frequencies(), synthetic.frequencies()
    varies_in_real = (in_real > 0) & (in_real < 1)
    varies_in_synthetic = (in_synthetic > 0) & (in_synthetic < 1)
    lost = varies_in_real & ~varies_in_synthetic
    edges = np.linspace(0, 1, FREQUENCY_BINS + 1)
    return AlleleFrequencies(
        all_sites=_agreement(real, synthetic, np.ones(len(in_real), dtype=bool)),
        rare_sites=_agreement(real, synthetic, in_real <= RARE),
        fixed_in_synthetic=int(np.count_nonzero(lost)),
        fixed_in_synthetic_by_frequency=np.histogram(
            np.minimum(in_real, 1 - in_real)[lost], bins=FREQUENCY_BINS, range=(0, 0.5)
        )[0].astype(np.int64),
        fixed_in_real=int(np.count_nonzero(varies_in_synthetic & ~varies_in_real)),
        fixed_in_both=int(np.count_nonzero(~varies_in_synthetic & ~varies_in_real)),
        density=np.histogram2d(in_real, in_synthetic, bins=(edges, edges))[0].astype(np.int64),
    )


def _agreement(real: GroupedCounts, synthetic: GroupedCounts, chosen: npt.NDArray[np.bool_]) -> Agreement:
    everything = real.frequencies()[chosen], synthetic.frequencies()[chosen]
    r, slope, intercept = _line(*everything)
    without_real = [_line(real.frequencies(group)[chosen], everything[1]) for group in range(real.n_groups)]
    without_synthetic = [
        _line(everything[0], synthetic.frequencies(group)[chosen]) for group in range(synthetic.n_groups)
    ]
    return Agreement(
        n_sites=int(np.count_nonzero(chosen)),
        r=r,
        slope=slope,
        intercept=intercept,
        r_interval=jackknife_interval(r, [line[0] for line in without_real], [line[0] for line in without_synthetic]),
        slope_interval=jackknife_interval(
            slope, [line[1] for line in without_real], [line[1] for line in without_synthetic]
        ),
    )


def _line(x: Float64Array, y: Float64Array) -> tuple[float, float, float]:
    """Pearson r, slope and intercept of y on x; NaN where they are not defined."""
    if len(x) == 0:
        return float("nan"), float("nan"), float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    xx, yy, xy = float(dx @ dx), float(dy @ dy), float(dx @ dy)
    if xx == 0:
        return float("nan"), float("nan"), float("nan")
    slope = xy / xx
    r = xy / np.sqrt(xx * yy) if yy > 0 else float("nan")
    return float(r), slope, float(y.mean() - slope * x.mean())
