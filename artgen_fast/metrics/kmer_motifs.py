"""Motifs of neighbouring alleles, real against synthetic: how often each one is seen in each window of k sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from artgen_fast.array_types import BoolArray, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.metrics.agreement.count_regression import CountRegression
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.contigs import contig_runs
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, Interval, jackknife_intervals
from artgen_fast.whole_numbers import whole_number

LENGTHS = (4, 8)
"""Sites in a window."""

DENSITY_BINS = 50

_BLOCK_BYTES = 8 << 20
"""Counts of all motifs that are held at a time, of both sets."""


@dataclass(frozen=True, slots=True, eq=False)
class MotifAgreement:
    """Linear agreement of the frequencies of motifs in both sets.

    Each motif of each window is one point, if it is seen in either set. Where both sets are of one size, r and slope
    are those of counts.

    Attributes
    ----------
    k : int
        Sites in a window.
    windows : int
        Non-overlapping windows compared.
    windows_across_contigs : int
        Windows left out since their sites lie on more than one contig.
    motifs : int
        Motifs seen in either set, over all windows.
    r : float
        Pearson correlation; NaN where the frequencies of either set do not vary.
    slope, intercept : float
        Ordinary least squares of synthetic on real frequency.
    r_interval, slope_interval, intercept_interval : Interval
        Delete-a-group jackknife over groups of persons; a motif that is seen in one group alone leaves with it.
    only_real, only_synthetic : float
        Share of the motifs that are not seen in the other set: lost and invented ones. Two samples of the same people
        lack some of each other's, too: read them beside those of unseen people. They have no interval, since the
        jackknife does not serve for numbers of kinds.
    density : int64 array of shape (50, 50)
        Motifs by real frequency (first axis) and synthetic one (second), in equal bins from 0 to 1.
    """

    k: int
    windows: int
    windows_across_contigs: int
    motifs: int
    r: float
    slope: float
    intercept: float
    r_interval: Interval
    slope_interval: Interval
    intercept_interval: Interval
    only_real: float
    only_synthetic: float
    density: Int64Array


@dataclass(frozen=True, slots=True)
class KmerMotifs:
    """Agreement of motifs of several lengths.

    Attributes
    ----------
    lengths : tuple of MotifAgreement
        One a length, in the order in which they were asked for.
    """

    lengths: tuple[MotifAgreement, ...]


def kmer_motifs(real: Haplotypes, synthetic: Haplotypes, k: Sequence[int] = LENGTHS, *, seed: int = 0) -> KmerMotifs:
    """Compare the frequencies of k-mer motifs (Methods of Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

    Windows do not overlap; an incomplete last one is dropped, and so are windows across a border of contigs.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites, of any sizes.
    k : sequence of int
        Lengths of motifs, at least one, each 1 … 16.
    seed : int
        Of the jackknife's groups of persons.

    Returns
    -------
    KmerMotifs

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or a length is out of range.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    k = _checked_lengths(k)
    return kmer_motifs_of(GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed), k)


def kmer_motifs_of(real: GroupedPanel, synthetic: GroupedPanel, k: Sequence[int] = LENGTHS) -> KmerMotifs:
    """Compare the motifs of two panels."""
    return KmerMotifs(tuple(_agreement(real, synthetic, length) for length in k))


def _checked_lengths(k: Any) -> tuple[int, ...]:
    given = tuple(k) if isinstance(k, Iterable) else ()
    lengths = tuple(length for length in map(whole_number, given) if length is not None)
    if not given or len(lengths) < len(given) or not all(1 <= n <= pair_counts.MAX_MOTIF_SITES for n in lengths):
        raise InputError(
            f"k must hold whole numbers from 1 to {pair_counts.MAX_MOTIF_SITES}, at least one; got {k!r}. "
            "Give a single one as [k]."
        )
    return lengths


def _agreement(real: GroupedPanel, synthetic: GroupedPanel, k: int) -> MotifAgreement:
    n_real, n_synthetic = real.n_haplotypes, synthetic.n_haplotypes
    real_sizes, synthetic_sizes = (panel.by_site.group_sizes[panel.left_out].tolist() for panel in (real, synthetic))
    everybody = CountRegression(n_real, n_synthetic)
    without_real = [CountRegression(n_real - size, n_synthetic) for size in real_sizes]
    without_synthetic = [CountRegression(n_real, n_synthetic - size) for size in synthetic_sizes]
    only_real = only_synthetic = 0
    density = np.zeros((DENSITY_BINS, DENSITY_BINS), dtype=np.int64)
    within_contig = _windows_within_contigs(real, k)
    step = max(1, _BLOCK_BYTES // (4 * (real.by_site.n_groups + synthetic.by_site.n_groups) << k))
    for begin in range(0, len(within_contig), step):
        kept = within_contig[begin : begin + step]
        in_real, in_synthetic = (
            pair_counts.motif_counts(panel.haplotypes, k, begin, len(kept), panel.groups) for panel in (real, synthetic)
        )
        all_real, all_synthetic = in_real.sum(axis=1, dtype=np.int64), in_synthetic.sum(axis=1, dtype=np.int64)
        window, motif = np.nonzero((all_real + all_synthetic > 0) & kept[:, None])
        x, y = all_real[window, motif], all_synthetic[window, motif]
        everybody.add(x, y)
        for group, each in enumerate(without_real):
            left = x - in_real[window, group, motif]
            each.add(left, y, points=int(np.count_nonzero(left + y)))
        for group, each in enumerate(without_synthetic):
            left = y - in_synthetic[window, group, motif]
            each.add(x, left, points=int(np.count_nonzero(x + left)))
        only_real += int(np.count_nonzero(y == 0))
        only_synthetic += int(np.count_nonzero(x == 0))
        places = [
            np.minimum(counts * DENSITY_BINS // n, DENSITY_BINS - 1) for counts, n in ((x, n_real), (y, n_synthetic))
        ]
        density += np.bincount(places[0] * DENSITY_BINS + places[1], minlength=DENSITY_BINS**2).reshape(density.shape)
    r, slope, intercept = everybody.line()
    r_interval, slope_interval, intercept_interval = jackknife_intervals(
        (r, slope, intercept),
        [each.line() for each in without_real],
        [each.line() for each in without_synthetic],
    )
    return MotifAgreement(
        k=k,
        windows=int(np.count_nonzero(within_contig)),
        windows_across_contigs=int(np.count_nonzero(~within_contig)),
        motifs=everybody.points,
        r=r,
        slope=slope,
        intercept=intercept,
        r_interval=r_interval.within(*CORRELATION),
        slope_interval=slope_interval,
        intercept_interval=intercept_interval,
        only_real=only_real / everybody.points if everybody.points else float("nan"),
        only_synthetic=only_synthetic / everybody.points if everybody.points else float("nan"),
        density=density,
    )


def _windows_within_contigs(panel: GroupedPanel, k: int) -> BoolArray:
    """Whether all sites of each whole window lie on one contig."""
    runs = contig_runs(panel.haplotypes.sites)
    n_windows = len(runs) // k
    within: BoolArray = runs[: n_windows * k : k] == runs[k - 1 : n_windows * k : k]
    return within
