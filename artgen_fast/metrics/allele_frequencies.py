"""Agreement of allele frequencies between real and synthetic haplotypes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.agreement.count_regression import CountRegression, Line
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import CountedAlleles, GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, SHARE, Interval, jackknife_intervals

RARE = 0.2
"""Real allele frequency up to which a site counts as rare in the paper's score."""

FREQUENCY_BINS = 50

COUNTS_OF_A_BIN = 4
"""Least number of allele counts that share a bin of the finer table: none tells how many carry an allele."""

CLASSES = ("singletons", "doubletons", "other < 0.5 %", "0.5–1 %", "1–5 %", "5–20 %", "20–50 %")
"""Classes of sites by how often the rarer allele is seen in the real set; each holds its lower end."""

_CLASS_EDGES = (0.005, 0.01, 0.05, 0.2)


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
class FrequencyClass:
    """Sites whose rarer real allele is about equally rare, and that allele in the synthetic set.

    The class is that of the whole real set; the jackknife leaves it as it is. Unseen people lose singletons, too:
    read the numbers beside theirs.

    Attributes
    ----------
    name : str
        One of `CLASSES`.
    n_sites : int
    fixed_in_synthetic : float
        Share of the sites that do not vary in the synthetic set; NaN, like the means, without sites.
    real_mean, synthetic_mean : float
        Mean frequency, in each set, of the allele that is the rarer one in the real set (ALT at ½).
    r : float
        Pearson correlation of those frequencies; NaN where either set's do not vary, as among singletons.
    fixed_in_synthetic_interval, real_mean_interval, synthetic_mean_interval, r_interval : Interval
        Delete-a-group jackknife over groups of persons. That of a share of none or all of the sites has no width: it
        knows no more than these sets.
    """

    name: str
    n_sites: int
    fixed_in_synthetic: float
    real_mean: float
    synthetic_mean: float
    r: float
    fixed_in_synthetic_interval: Interval
    real_mean_interval: Interval
    synthetic_mean_interval: Interval
    r_interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class AlleleFrequencies:
    """Allele frequencies of two sets, compared.

    Attributes
    ----------
    all_sites, rare_sites : Agreement
        Over every site, and over sites of real frequency ≤ 0.2.
    classes : tuple of FrequencyClass
        The sites that vary in the real set, from singletons to common ones.
    fixed_in_synthetic : int
        Sites that vary in the real set and not in the synthetic one: alleles lost.
    fixed_in_synthetic_by_frequency : int64 array of shape (50,)
        The same by real frequency of the rarer allele, in 50 equal bins from 0 to ½.
    fixed_in_real : int
        Sites that vary in the synthetic set and not in the real one: alleles invented.
    fixed_in_both : int
    density : int64 array of shape (50, 50)
        Sites by real frequency (first axis) and synthetic frequency (second), in equal bins from 0 to 1.
    rare_density : int64 array of shape (bins, bins)
        The same in finer bins from 0 to 0.2 both ways, for the sites that lie there: 50, or fewer where a bin would
        hold fewer than four counts of the allele among the real haplotypes, but 10 at least, as wide as those of
        ``density``.
    """

    all_sites: Agreement
    rare_sites: Agreement
    classes: tuple[FrequencyClass, ...]
    fixed_in_synthetic: int
    fixed_in_synthetic_by_frequency: Int64Array
    fixed_in_real: int
    fixed_in_both: int
    density: Int64Array
    rare_density: Int64Array


def allele_frequencies(real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0) -> AlleleFrequencies:
    """Compare allele frequencies (Methods of Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

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
    return allele_frequencies_of(GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed))


def allele_frequencies_of(real: GroupedPanel, synthetic: GroupedPanel) -> AlleleFrequencies:
    """Compare the allele counts of two panels."""
    everybody = real.counted(), synthetic.counted()
    in_real = everybody[0].frequency
    rarer = np.minimum(everybody[0].alternative, everybody[0].n - everybody[0].alternative)
    varies_in_real, varies_in_synthetic = (alleles.varies for alleles in everybody)
    lost = varies_in_real & ~varies_in_synthetic
    return AlleleFrequencies(
        all_sites=_agreement(real, synthetic, np.arange(len(in_real))),
        rare_sites=_agreement(real, synthetic, np.flatnonzero(in_real <= RARE)),
        classes=_classes(real, synthetic),
        fixed_in_synthetic=int(np.count_nonzero(lost)),
        fixed_in_synthetic_by_frequency=np.bincount(
            _bins(2 * rarer[lost], everybody[0].n, FREQUENCY_BINS), minlength=FREQUENCY_BINS
        ).astype(np.int64),
        fixed_in_real=int(np.count_nonzero(varies_in_synthetic & ~varies_in_real)),
        fixed_in_both=int(np.count_nonzero(~varies_in_synthetic & ~varies_in_real)),
        density=_density(*everybody, FREQUENCY_BINS),
        rare_density=_density(*everybody, _rare_bins(everybody[0].n), round(1 / RARE)),
    )


def _density(real: CountedAlleles, synthetic: CountedAlleles, bins: int, part: int = 1) -> Int64Array:
    """Sites in equal bins from 0 to a frequency of 1 / part, which the last bins hold."""
    inside = (real.alternative * part <= real.n) & (synthetic.alternative * part <= synthetic.n)
    rows, columns = (_bins(alleles.alternative[inside] * part, alleles.n, bins) for alleles in (real, synthetic))
    return np.bincount(rows * bins + columns, minlength=bins * bins).reshape(bins, bins).astype(np.int64)


def _bins(counts: Int64Array, n: int, bins: int) -> Int64Array:
    """Bin of each count among equal ones from 0 to n; in whole numbers, or an edge's would fall on either side."""
    found: Int64Array = np.minimum(counts * bins // n, bins - 1)
    return found


def _rare_bins(n: int) -> int:
    """Bins of the finer table for n real haplotypes."""
    return max(round(RARE * FREQUENCY_BINS), min(FREQUENCY_BINS, int(RARE * n / COUNTS_OF_A_BIN)))


def _agreement(real: GroupedPanel, synthetic: GroupedPanel, sites: Int64Array) -> Agreement:
    def line(in_real: CountedAlleles, in_synthetic: CountedAlleles) -> Line:
        regression = CountRegression(in_real.n, in_synthetic.n)
        regression.add(in_real.alternative[sites], in_synthetic.alternative[sites])
        return regression.line()

    values = line(real.counted(), synthetic.counted())
    r_interval, slope_interval, _ = _intervals(line, real, synthetic)
    return Agreement(len(sites), *values, r_interval.within(*CORRELATION), slope_interval)


def frequency_classes(alternative: Int64Array, n: int) -> tuple[BoolArray, Int64Array]:
    """Which allele of each site is the rarer one, and how rare it is.

    Parameters
    ----------
    alternative : int64 array of shape (sites,)
        Haplotypes that carry ALT.
    n : int
        Haplotypes in all.

    Returns
    -------
    reference_is_rarer : bool array of shape (sites,)
        False at ½.
    place : int64 array of shape (sites,)
        Place of the site's class in `CLASSES`; -1 where the site does not vary.
    """
    reference_is_rarer = alternative > n - alternative
    rarer = np.where(reference_is_rarer, n - alternative, alternative)
    place = np.searchsorted(_CLASS_EDGES, rarer / n, side="right") + 2
    place[rarer == 1], place[rarer == 2] = 0, 1
    place[rarer == 0] = -1
    return reference_is_rarer, place


def _classes(real: GroupedPanel, synthetic: GroupedPanel) -> tuple[FrequencyClass, ...]:
    reference_is_rarer, place = frequency_classes(*real.counted())
    sites_of_class = [np.flatnonzero(place == number) for number in range(len(CLASSES))]

    def statistics(in_real: CountedAlleles, in_synthetic: CountedAlleles) -> list[float]:
        x, y = (
            np.where(reference_is_rarer, alleles.n - alleles.alternative, alleles.alternative)
            for alleles in (in_real, in_synthetic)
        )
        varies = in_synthetic.varies
        values = []
        for sites in sites_of_class:
            regression = CountRegression(in_real.n, in_synthetic.n)
            regression.add(x[sites], y[sites])
            share = 1 / len(sites) if len(sites) else float("nan")
            values += [
                share * np.count_nonzero(~varies[sites]),
                share * (x[sites].sum() / in_real.n),
                share * (y[sites].sum() / in_synthetic.n),
                regression.line().r,
            ]
        return values

    values = statistics(real.counted(), synthetic.counted())
    intervals = _intervals(statistics, real, synthetic)
    return tuple(
        FrequencyClass(
            name,
            len(sites),
            *(values[begin], values[begin + 1], values[begin + 2], values[begin + 3]),
            intervals[begin].within(*SHARE),
            intervals[begin + 1].within(*SHARE),
            intervals[begin + 2].within(*SHARE),
            intervals[begin + 3].within(*CORRELATION),
        )
        for name, sites, begin in zip(CLASSES, sites_of_class, range(0, len(values), 4), strict=True)
    )


def _intervals(
    statistics: Callable[[CountedAlleles, CountedAlleles], Sequence[float]],
    real: GroupedPanel,
    synthetic: GroupedPanel,
) -> list[Interval]:
    """Jackknife of what a function makes of the alleles of both sets."""
    in_real, in_synthetic = real.counted(), synthetic.counted()
    return jackknife_intervals(
        statistics(in_real, in_synthetic),
        [statistics(real.counted(group), in_synthetic) for group in real.left_out],
        [statistics(in_real, synthetic.counted(group)) for group in synthetic.left_out],
    )
