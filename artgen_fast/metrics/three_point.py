"""Correlations of three sites, real against synthetic: what neither allele frequencies nor pairs of sites explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels import pair_counts
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.contigs import contig_runs
from artgen_fast.metrics.uncertainty.intervals import CORRELATION, Interval, jackknife_intervals
from artgen_fast.whole_numbers import require_seed

SITES_BETWEEN = (1, 4, 16, 64, 256, 512, 1024)
"""Sites between the first and the second, and between the second and the third site of a triplet."""

TRIPLETS = 1000
"""Triplets for each number of sites between, and random ones."""

DENSITY_BINS = 41
"""Odd, so that zero is the middle of a bin."""

_ALLELES_OF_A_SIGN = 4
"""Of the eight combinations of alleles at three sites, those that share a correlation's sign."""


@dataclass(frozen=True, slots=True, eq=False)
class TripletCorrelations:
    """Three-point correlations of some triplets of sites in both sets.

    Attributes
    ----------
    sites_between : int or None
        Sites between neighbours of a triplet; None for random triplets.
    triplets : int
        Those compared: fewer than 1,000 where no more fit into a contig.
    r : float
        Uncentred Pearson correlation of the synthetic with the real correlations, over all eight combinations of
        alleles; NaN where those of either set are all zero.
    slope : float
        Least squares through the origin of synthetic on real: below 1 where structure is lost, which r does not see.
    r_interval, slope_interval : Interval
        Delete-a-group jackknife over groups of persons; that of r of random triplets is too narrow (of 60 splits of
        real people, three quarters lay within).
    edges : float64 array of shape (42,)
        Edges of the bins of both axes of the density, symmetric about zero, closer near it.
    density : int64 array of shape (41, 41)
        Number of correlations (eight a triplet) by their real value (first axis) and their synthetic one (second).
    """

    sites_between: int | None
    triplets: int
    r: float
    slope: float
    r_interval: Interval
    slope_interval: Interval
    edges: Float64Array
    density: Int64Array


@dataclass(frozen=True, slots=True)
class ThreePoint:
    """Three-point correlations at several distances, and of random triplets.

    Attributes
    ----------
    by_distance : tuple of TripletCorrelations
        From the nearest sites to the farthest.
    random : TripletCorrelations
        Of three sites anywhere on a contig.
    left_out : tuple of int
        Sites between neighbours for which no contig has room.
    """

    by_distance: tuple[TripletCorrelations, ...]
    random: TripletCorrelations
    left_out: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Triplets:
    """Triplets of sites, in order.

    Attributes
    ----------
    sites_between : int or None
        None for random triplets.
    sites : int64 array of shape (triplets, 3)
        Indices of sites.
    """

    sites_between: int | None
    sites: Int64Array


def three_point(real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0) -> ThreePoint:
    """Compare three-point correlations (Methods of Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

    The correlation of alleles a, b, c at three sites is F_abc - F_ab F_c - F_bc F_a - F_ac F_b + 2 F_a F_b F_c, with
    F the frequencies of alleles and of their combinations. It changes its sign with an allele, so that the eight of a
    triplet have one size. Triplets (p, p + g, p + 2g) and random ones are drawn among all sites, each at most once at
    every g; none spans two contigs.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. Chance correlations of few haplotypes lower r: compare equal sizes.
    seed : int
        Of the triplets and of the jackknife's groups of persons. The triplets depend on the sites and the seed alone.

    Returns
    -------
    ThreePoint

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.

    Notes
    -----
    Where most sites are rare, a few triplets of common ones decide r. Between samples of 400 haplotypes of one
    population (`artgen_fast.simulation`), random triplets of 10,000 sites reached a mean r of only 0.24, and 95 %
    intervals held the mean over 32 pairs of samples in 69 to 97 % of the pairs, depending on the distance. Of 1,500
    sites of frequency ≥ 1 % it was 0.76, and 96 to 100 % of 48 pairs. Read r beside that of unseen people.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    return three_point_of(
        draw_triplets(real.sites, seed), GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed)
    )


def draw_triplets(sites: Sites, seed: int = 0, n: int = TRIPLETS) -> list[Triplets]:
    """Draw triplets of sites at every distance, and random ones, which come last.

    Parameters
    ----------
    sites : Sites
    seed : int
    n : int
        Triplets of each kind, or all that there are where they are fewer.
    """
    runs = contig_runs(sites)
    rng = np.random.default_rng([require_seed(seed), len(sites), 5])
    kinds = []
    for between in SITES_BETWEEN:
        gap = between + 1
        firsts = np.flatnonzero(runs[: -2 * gap] == runs[2 * gap :])
        drawn = np.sort(rng.choice(firsts, min(n, len(firsts)), replace=False))
        kinds.append(Triplets(between, drawn[:, None] + gap * np.arange(3)))
    return [*kinds, Triplets(None, _random_triplets(runs, rng, n))]


def three_point_of(triplets: list[Triplets], real: GroupedPanel, synthetic: GroupedPanel) -> ThreePoint:
    """Compare the same triplets in two panels."""
    sites = np.concatenate([kind.sites for kind in triplets])
    ends = np.cumsum([len(kind.sites) for kind in triplets])[:-1]
    in_real, in_synthetic = (np.split(_correlations(panel, sites), ends) for panel in (real, synthetic))
    compared = [
        _compare(kind.sites_between, *both) for kind, *both in zip(triplets, in_real, in_synthetic, strict=True)
    ]
    *by_distance, random = compared
    return ThreePoint(
        by_distance=tuple(each for each in by_distance if each.triplets),
        random=random,
        left_out=tuple(
            kind.sites_between for kind in triplets if kind.sites_between is not None and len(kind.sites) == 0
        ),
    )


def _random_triplets(runs: Int64Array, rng: np.random.Generator, n: int) -> Int64Array:
    """Triplets of different sites of one contig, all equally likely."""
    first_sites, sizes = np.unique(runs, return_index=True, return_counts=True)[1:]
    weights = sizes * (sizes - 1.0) * (sizes - 2.0)
    if not weights.any():
        return np.zeros((0, 3), dtype=np.int64)
    run = rng.choice(len(sizes), n, p=weights / weights.sum())
    sites = rng.integers(sizes[run, None], size=(n, 3))
    while True:
        sites.sort(axis=1)
        repeated = (sites[:, 0] == sites[:, 1]) | (sites[:, 1] == sites[:, 2])
        if not repeated.any():
            break
        sites[repeated] = rng.integers(sizes[run[repeated], None], size=(np.count_nonzero(repeated), 3))
    sites += first_sites[run, None]
    ordered: Int64Array = sites[np.lexsort(sites.T[::-1])]
    return ordered


def _correlations(panel: GroupedPanel, sites: Int64Array) -> Float64Array:
    """Correlation of the ALT alleles of each triplet, of everybody and without each group: (triplets, 1 + groups)."""
    a, b, c = sites.T
    by_site = panel.by_site
    n, *counts = (
        np.concatenate([total := by_group.sum(axis=-1, keepdims=True), total - by_group[..., panel.left_out]], axis=-1)
        for by_group in (
            by_site.group_sizes,
            *(by_site.counts[place].astype(np.int64) for place in (a, b, c)),
            *(
                pair_counts.joint_counts(by_site, *places).astype(np.int64)
                for places in ((a, b), (b, c), (a, c), (a, b, c))
            ),
        )
    )
    n_a, n_b, n_c, n_ab, n_bc, n_ac, n_abc = counts
    # Whole numbers up to the last division: a site that does not vary has a correlation of exactly zero.
    scaled = n * (n * n_abc - n_ab * n_c - n_bc * n_a - n_ac * n_b) + 2 * n_a * n_b * n_c
    correlations: Float64Array = scaled / n.astype(np.float64) ** 3
    return correlations


def _compare(sites_between: int | None, real: Float64Array, synthetic: Float64Array) -> TripletCorrelations:
    of_real, of_synthetic = real[:, 0], synthetic[:, 0]
    agreement = _agreement(of_real, of_synthetic)
    r_interval, slope_interval = jackknife_intervals(
        agreement,
        [_agreement(without, of_synthetic) for without in real[:, 1:].T],
        [_agreement(of_real, without) for without in synthetic[:, 1:].T],
    )
    r, slope = agreement
    edges = _density_edges(float(np.abs([of_real, of_synthetic]).max(initial=0)))
    ones = np.histogram2d(of_real, of_synthetic, bins=(edges, edges))[0].astype(np.int64)
    # A change of one allele changes both signs: the density is symmetric about the origin.
    return TripletCorrelations(
        sites_between=sites_between,
        triplets=len(real),
        r=r,
        slope=slope,
        r_interval=r_interval.within(*CORRELATION),
        slope_interval=slope_interval,
        edges=edges,
        density=_ALLELES_OF_A_SIGN * (ones + ones[::-1, ::-1]),
    )


def _agreement(real: Float64Array, synthetic: Float64Array) -> tuple[float, float]:
    """Uncentred correlation, and slope through the origin."""
    rr, ss, rs = float(real @ real), float(synthetic @ synthetic), float(real @ synthetic)
    nan = float("nan")
    return (rs / float(np.sqrt(rr * ss)) if rr > 0 and ss > 0 else nan), (rs / rr if rr > 0 else nan)


def _density_edges(largest: float) -> Float64Array:
    """Symmetric edges whose square roots are evenly spaced: most correlations are near zero."""
    roots = np.linspace(-1, 1, DENSITY_BINS + 1)
    return np.sign(roots) * roots**2 * (largest if largest > 0 else 1.0)
