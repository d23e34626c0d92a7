"""Frequencies of whole haplotypes in windows of sites: Garud's H1, H12 and H2/H1, real against synthetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels.identical_haplotypes import haplotype_classes
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.windows import SiteWindows, sized_windows
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, NOT_NEGATIVE, Interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between

WINDOW_SITES = 400
"""Sites of a window, as in Garud et al. 2015."""

FEWEST_CORRELATED = 8
"""Windows whose correlation says something: of two it is 1 or -1, of a few mostly near one of these."""


@dataclass(frozen=True, slots=True, eq=False)
class HaplotypeWindows:
    """Homozygosity of whole haplotypes in windows along the contigs.

    p₁ ≥ p₂ ≥ … are the frequencies of the different haplotypes of a window.

    Attributes
    ----------
    contig : tuple of str
    first_position, last_position, sites : int64 arrays of shape (windows,)
    real_h1, synthetic_h1 : float64 arrays of shape (windows,)
        Σ pᵢ², at least 1 over the number of haplotypes.
    real_h12, synthetic_h12 : float64 arrays of shape (windows,)
        (p₁ + p₂)² + p₃² + …: high where one or two haplotypes have swept.
    real_h2_h1, synthetic_h2_h1 : float64 arrays of shape (windows,)
        (H1 - p₁²) / H1: low where one haplotype has, not two.
    h1_ratio, h12_ratio : float
        Mean over the windows of the synthetic set over that of the real one.
    h12_correlation : float
        Pearson r of log(H12) over the windows; NaN where there are fewer than `FEWEST_CORRELATED`.
    h1_ratio_interval, h12_ratio_interval, h12_correlation_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    contig: tuple[str, ...]
    first_position: Int64Array
    last_position: Int64Array
    sites: Int64Array
    real_h1: Float64Array
    synthetic_h1: Float64Array
    real_h12: Float64Array
    synthetic_h12: Float64Array
    real_h2_h1: Float64Array
    synthetic_h2_h1: Float64Array
    h1_ratio: float
    h12_ratio: float
    h12_correlation: float
    h1_ratio_interval: Interval
    h12_ratio_interval: Interval
    h12_correlation_interval: Interval


def haplotype_windows(
    real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0, threads: int | None = None
) -> HaplotypeWindows:
    """Compare the frequencies of whole haplotypes in windows of about 400 sites.

    Garud et al. 2015 (PLoS Genet 11:e1005004). A contig with fewer sites is one window, one with fewer than half as
    many as that, or as the largest contig, none; at most 100 are looked at.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. All three numbers change with the number of haplotypes: compare equal sizes.
    seed : int
        Of the jackknife's groups of persons.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    HaplotypeWindows

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    return haplotype_windows_of(GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed), threads=threads)


def haplotype_windows_of(
    real: GroupedPanel, synthetic: GroupedPanel, *, threads: int | None = None
) -> HaplotypeWindows:
    """Compare two counted panels."""
    windows = sized_windows(real.haplotypes.sites, WINDOW_SITES)
    in_real, in_synthetic = (_left_out(panel, windows, threads) for panel in (real, synthetic))
    return HaplotypeWindows(
        contig=windows.contig,
        first_position=windows.first_position,
        last_position=windows.last_position,
        sites=windows.sites,
        real_h1=in_real.whole.h1,
        synthetic_h1=in_synthetic.whole.h1,
        real_h12=in_real.whole.h12,
        synthetic_h12=in_synthetic.whole.h12,
        real_h2_h1=in_real.whole.h2_h1,
        synthetic_h2_h1=in_synthetic.whole.h2_h1,
        h1_ratio=_h1_ratio(in_real.whole, in_synthetic.whole),
        h12_ratio=_h12_ratio(in_real.whole, in_synthetic.whole),
        h12_correlation=_h12_correlation(in_real.whole, in_synthetic.whole),
        h1_ratio_interval=interval_between(_h1_ratio, in_real, in_synthetic).within(*NOT_NEGATIVE),
        h12_ratio_interval=interval_between(_h12_ratio, in_real, in_synthetic).within(*NOT_NEGATIVE),
        h12_correlation_interval=interval_between(_h12_correlation, in_real, in_synthetic).within(*CORRELATION),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Frequencies:
    """What is needed of the haplotypes' frequencies in each window: float64 arrays of shape (windows,)."""

    h1: Float64Array
    h12: Float64Array
    first: Float64Array

    @property
    def h2_h1(self) -> Float64Array:
        return (self.h1 - self.first**2) / self.h1


def _left_out(panel: GroupedPanel, windows: SiteWindows, threads: int | None) -> LeftOut[_Frequencies]:
    group_sizes = panel.by_site.group_sizes
    n_groups = len(group_sizes)
    classes = haplotype_classes(panel.by_site, windows.begin, windows.end, threads=threads)
    # The classes' haplotypes come group after group.
    group = np.repeat(np.arange(n_groups), group_sizes)
    haplotypes = np.maximum(panel.n_haplotypes - np.concatenate([[0], group_sizes]), 1)
    # Of everybody, then without each group: Σ p², (p₁ + p₂)² + Σ p² of the others, and p₁ of each window. Each is one
    # quotient of whole numbers, so that equal ones are equal to the bit.
    numbers = np.empty((3, 1 + n_groups, len(windows)))
    for window, own in enumerate(classes):
        of_group = np.bincount(own.astype(np.int64) * n_groups + group, minlength=n_groups * (int(own.max()) + 1))
        table = of_group.reshape(-1, n_groups)
        of_all = table.sum(axis=1, keepdims=True)
        counts = np.concatenate([of_all, of_all - table], axis=1)
        common = np.zeros((2, 1 + n_groups), dtype=np.int64)
        most = min(2, len(counts))
        common[:most] = np.partition(counts, len(counts) - most, axis=0)[len(counts) - most :]
        squares = (counts * counts).sum(axis=0)
        numbers[0, :, window] = squares / haplotypes**2
        numbers[1, :, window] = (squares + 2 * common.prod(axis=0)) / haplotypes**2
        numbers[2, :, window] = common.max(axis=0) / haplotypes
    without = [_Frequencies(*numbers[:, 1 + left_out]) for left_out in groups_to_leave_out(panel)]
    return LeftOut(_Frequencies(*numbers[:, 0]), without)


def _h1_ratio(real: _Frequencies, synthetic: _Frequencies) -> float:
    return float(synthetic.h1.mean() / real.h1.mean())


def _h12_ratio(real: _Frequencies, synthetic: _Frequencies) -> float:
    return float(synthetic.h12.mean() / real.h12.mean())


def _h12_correlation(real: _Frequencies, synthetic: _Frequencies) -> float:
    if len(real.h12) < FEWEST_CORRELATED:
        return float("nan")
    return pearson(np.log(real.h12), np.log(synthetic.h12))
