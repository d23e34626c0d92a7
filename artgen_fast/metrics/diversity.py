"""Nucleotide diversity of real and synthetic haplotypes: heterozygosity, Watterson's theta and Tajima's D.

Panels hold sites that were found or chosen to vary in some people (ascertainment), and often a thinned part of them.
Tajima's D of such sites is shifted, so that neither its sign nor its size says anything about selection or history. It
means something as a comparison: two sets of the same sites, at the same number of haplotypes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.frequency_spectrum import hypergeometric
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.windows import SiteWindows, contig_windows, even_windows
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, NOT_NEGATIVE, Interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between, interval_of

WINDOWS = 50


@dataclass(frozen=True, slots=True)
class SetDiversity:
    """Diversity of one set over the whole panel.

    Attributes
    ----------
    heterozygosity : float
        Mean over the sites of the panel of the probability that two different haplotypes differ there (π a site).
    watterson_theta : float
        Segregating sites over 1 + 1/2 + … + 1/(n - 1), a site of the panel.
    tajimas_d : float
        Of each contig on its own, put together: the sum of π - θ over the contigs, over the root of the sum of their
        variances. NaN where nothing varies.
    segregating_sites : float
        Sites that vary among n haplotypes, expected where the set has more.
    heterozygosity_interval, watterson_theta_interval, tajimas_d_interval : Interval
        Delete-a-group jackknife over groups of persons. They say how much other people would change the numbers, not
        other histories of the same sites.
    """

    heterozygosity: float
    watterson_theta: float
    tajimas_d: float
    segregating_sites: float
    heterozygosity_interval: Interval
    watterson_theta_interval: Interval
    tajimas_d_interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class WindowDiversity:
    """Diversity of both sets in windows along the contigs.

    Attributes
    ----------
    contig : tuple of str
        Contig of each window.
    first_position, last_position : int64 arrays of shape (windows,)
        Positions that a window reaches from and to.
    sites : int64 array of shape (windows,)
    real_heterozygosity, synthetic_heterozygosity : float64 arrays of shape (windows,)
        A site of the window; NaN in windows without one.
    real_tajimas_d, synthetic_tajimas_d : float64 arrays of shape (windows,)
        NaN in windows where nothing varies.
    heterozygosity_correlation, tajimas_d_correlation : float
        Pearson r over the windows in which both sets have a value.
    tajimas_d_difference : float
        Mean over those windows of |synthetic - real|.
    heterozygosity_correlation_interval, tajimas_d_correlation_interval, tajimas_d_difference_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    contig: tuple[str, ...]
    first_position: Int64Array
    last_position: Int64Array
    sites: Int64Array
    real_heterozygosity: Float64Array
    synthetic_heterozygosity: Float64Array
    real_tajimas_d: Float64Array
    synthetic_tajimas_d: Float64Array
    heterozygosity_correlation: float
    tajimas_d_correlation: float
    tajimas_d_difference: float
    heterozygosity_correlation_interval: Interval
    tajimas_d_correlation_interval: Interval
    tajimas_d_difference_interval: Interval


@dataclass(frozen=True, slots=True)
class Diversity:
    """Diversity of both sets and its agreement.

    Attributes
    ----------
    n : int
        Haplotypes for which theta and Tajima's D are given: those of the smaller set. Both change with the number of
        haplotypes where the history is not a neutral one of constant size.
    real, synthetic : SetDiversity
    heterozygosity_ratio, watterson_theta_ratio : float
        Synthetic over real.
    tajimas_d_difference : float
        Synthetic minus real.
    heterozygosity_ratio_interval, watterson_theta_ratio_interval, tajimas_d_difference_interval : Interval
        Delete-a-group jackknife over groups of persons.
    windows : WindowDiversity
    """

    n: int
    real: SetDiversity
    synthetic: SetDiversity
    heterozygosity_ratio: float
    watterson_theta_ratio: float
    tajimas_d_difference: float
    heterozygosity_ratio_interval: Interval
    watterson_theta_ratio_interval: Interval
    tajimas_d_difference_interval: Interval
    windows: WindowDiversity


def diversity(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    n_windows: int = WINDOWS,
    unit: Literal["sites", "bp"] = "sites",
) -> Diversity:
    """Compare heterozygosity, Watterson's theta and Tajima's D, over the panel and in windows.

    Watterson 1975 (Theor Popul Biol 7:256), Tajima 1989 (Genetics 123:585). The variance of Tajima's D is that of sites
    without recombination, so D of a long contig is too near 0 for a test of neutrality.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. Of a set of more haplotypes than the other, the expected number of segregating sites
        among as many as the other has is taken.
    seed : int
        Of the jackknife's groups of persons.
    n_windows : int
        Number of windows aimed at, up to 100; contigs share them by their size.
    unit : {"sites", "bp"}
        Whether windows have equally many sites or are equally long.

    Returns
    -------
    Diversity

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or the windows are not possible.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    windows = even_windows(real.sites, n_windows, unit)
    return diversity_of(GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed), real.sites, windows)


def diversity_of(
    real: GroupedPanel, synthetic: GroupedPanel, sites: Sites, windows: SiteWindows | None = None
) -> Diversity:
    """Compare two counted panels; without windows in the default ones."""
    if windows is None:
        windows = even_windows(sites, WINDOWS)
    n = min(real.n_haplotypes, synthetic.n_haplotypes)
    contigs = contig_windows(sites)
    in_real, in_synthetic = (_left_out(panel, contigs, n) for panel in (real, synthetic))
    return Diversity(
        n=n,
        real=_of_set(in_real),
        synthetic=_of_set(in_synthetic),
        heterozygosity_ratio=_heterozygosity_ratio(in_real.whole, in_synthetic.whole),
        watterson_theta_ratio=_theta_ratio(in_real.whole, in_synthetic.whole),
        tajimas_d_difference=_d_difference(in_real.whole, in_synthetic.whole),
        heterozygosity_ratio_interval=interval_between(_heterozygosity_ratio, in_real, in_synthetic).within(
            *NOT_NEGATIVE
        ),
        watterson_theta_ratio_interval=interval_between(_theta_ratio, in_real, in_synthetic).within(*NOT_NEGATIVE),
        tajimas_d_difference_interval=interval_between(_d_difference, in_real, in_synthetic),
        windows=_in_windows(windows, _left_out(real, windows, n), _left_out(synthetic, windows, n)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Regions:
    """Sums over the sites of regions (contigs or windows).

    Attributes
    ----------
    sites : int64 array of shape (regions,)
    differences : float64 array of shape (regions,)
        Expected number of sites at which two haplotypes differ (π).
    segregating : float64 array of shape (regions,)
    n : int
        Haplotypes among which the sites segregate.
    """

    sites: Int64Array
    differences: Float64Array
    segregating: Float64Array
    n: int

    @property
    def heterozygosity(self) -> Float64Array:
        """π a site of each region."""
        with np.errstate(invalid="ignore"):
            return self.differences / self.sites

    @property
    def watterson_theta(self) -> Float64Array:
        """θ of each region."""
        return self.segregating / np.sum(1 / np.arange(1, self.n))

    @property
    def variance(self) -> Float64Array:
        """Variance of π - θ of each region (Tajima 1989, equation 38)."""
        n = self.n
        i = np.arange(1, n)
        a1, a2 = float(np.sum(1 / i)), float(np.sum(1 / i**2))
        b1, b2 = (n + 1) / (3 * (n - 1)), 2 * (n * n + n + 3) / (9 * n * (n - 1))
        c1, c2 = b1 - 1 / a1, b2 - (n + 2) / (a1 * n) + a2 / a1**2
        s = self.segregating
        return c1 / a1 * s + c2 / (a1**2 + a2) * s * (s - 1)

    @property
    def tajimas_d(self) -> Float64Array:
        """D of each region; NaN where nothing varies."""
        return _d(self.differences - self.watterson_theta, self.variance)


def _left_out(panel: GroupedPanel, regions: SiteWindows, n: int) -> LeftOut[_Regions]:
    without = [_regions(panel, regions, n, group) for group in groups_to_leave_out(panel)]
    return LeftOut(_regions(panel, regions, n), without)


def _regions(panel: GroupedPanel, regions: SiteWindows, n: int, without: int | None = None) -> _Regions:
    counts, haplotypes = panel.counted(without)
    # A set without a group of persons can be smaller than n.
    n = min(n, haplotypes)
    possible = np.arange(haplotypes + 1)
    difference = 2 * possible * (haplotypes - possible) / max(1, haplotypes * (haplotypes - 1))
    segregates = 1 - hypergeometric(haplotypes, possible, n, 0) - hypergeometric(haplotypes, possible, n, n)
    differences, segregating = (
        np.concatenate([[0.0], np.cumsum(by_count[counts])]) for by_count in (difference, segregates)
    )
    return _Regions(
        regions.sites,
        differences[regions.end] - differences[regions.begin],
        segregating[regions.end] - segregating[regions.begin],
        n,
    )


def _d(difference: Float64Array, variance: Float64Array) -> Float64Array:
    return np.where(variance > 0, difference / np.sqrt(np.where(variance > 0, variance, 1)), np.nan)


def _panel_heterozygosity(contigs: _Regions) -> float:
    return float(contigs.differences.sum() / contigs.sites.sum())


def _panel_theta(contigs: _Regions) -> float:
    return float(contigs.watterson_theta.sum() / contigs.sites.sum())


def _panel_d(contigs: _Regions) -> float:
    # Contigs are unlinked, so variances add up; a single variance of all sites would take them to be fully linked.
    return float(_d((contigs.differences - contigs.watterson_theta).sum(), contigs.variance.sum()))


def _heterozygosity_ratio(real: _Regions, synthetic: _Regions) -> float:
    return _ratio(_panel_heterozygosity(synthetic), _panel_heterozygosity(real))


def _theta_ratio(real: _Regions, synthetic: _Regions) -> float:
    return _ratio(_panel_theta(synthetic), _panel_theta(real))


def _d_difference(real: _Regions, synthetic: _Regions) -> float:
    return _panel_d(synthetic) - _panel_d(real)


def _ratio(over: float, under: float) -> float:
    return over / under if under > 0 else float("nan")


def _of_set(contigs: LeftOut[_Regions]) -> SetDiversity:
    return SetDiversity(
        heterozygosity=_panel_heterozygosity(contigs.whole),
        watterson_theta=_panel_theta(contigs.whole),
        tajimas_d=_panel_d(contigs.whole),
        segregating_sites=float(contigs.whole.segregating.sum()),
        heterozygosity_interval=interval_of(_panel_heterozygosity, contigs).within(*NOT_NEGATIVE),
        watterson_theta_interval=interval_of(_panel_theta, contigs).within(*NOT_NEGATIVE),
        tajimas_d_interval=interval_of(_panel_d, contigs),
    )


def _in_windows(windows: SiteWindows, real: LeftOut[_Regions], synthetic: LeftOut[_Regions]) -> WindowDiversity:
    agreements = _heterozygosity_correlation, _d_correlation, _mean_d_difference
    values = [agreement(real.whole, synthetic.whole) for agreement in agreements]
    intervals = [interval_between(agreement, real, synthetic) for agreement in agreements]
    return WindowDiversity(
        contig=windows.contig,
        first_position=windows.first_position,
        last_position=windows.last_position,
        sites=windows.sites,
        real_heterozygosity=real.whole.heterozygosity,
        synthetic_heterozygosity=synthetic.whole.heterozygosity,
        real_tajimas_d=real.whole.tajimas_d,
        synthetic_tajimas_d=synthetic.whole.tajimas_d,
        heterozygosity_correlation=values[0],
        tajimas_d_correlation=values[1],
        tajimas_d_difference=values[2],
        heterozygosity_correlation_interval=intervals[0].within(*CORRELATION),
        tajimas_d_correlation_interval=intervals[1].within(*CORRELATION),
        tajimas_d_difference_interval=intervals[2].within(*NOT_NEGATIVE),
    )


def _heterozygosity_correlation(real: _Regions, synthetic: _Regions) -> float:
    return pearson(real.heterozygosity, synthetic.heterozygosity)


def _d_correlation(real: _Regions, synthetic: _Regions) -> float:
    return pearson(real.tajimas_d, synthetic.tajimas_d)


def _mean_d_difference(real: _Regions, synthetic: _Regions) -> float:
    differences = np.abs(synthetic.tajimas_d - real.tajimas_d)
    finite = differences[np.isfinite(differences)]
    return float(finite.mean()) if len(finite) else float("nan")
