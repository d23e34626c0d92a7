"""Pairwise haplotype distances within the real set, within the synthetic set and between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours import NeighbourSearches
from artgen_fast.metrics.uncertainty import Interval, percentile_interval, resampled_totals, sum_by_unit

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

DISTANCE_BINS = 100


@dataclass(frozen=True, slots=True)
class DistanceDistribution:
    """Hamming distances of many pairs.

    Attributes
    ----------
    pairs : int
    mean, sd : float
        In sites.
    counts : int64 array of shape (bins,)
        Pairs in each bin of `PairwiseDistances.edges`.
    """

    pairs: int
    mean: float
    sd: float
    counts: Int64Array


@dataclass(frozen=True, slots=True)
class RowShare:
    """A share of rows, with its bootstrap interval by person."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class PairwiseDistances:
    """Distributions of pairwise distances and identical rows.

    Attributes
    ----------
    within_real, within_synthetic, between : DistanceDistribution
    edges : float64 array of shape (bins + 1,)
        Edges of the bins of the three distributions, in sites; every bin holds the same whole number of distances.
    wasserstein_synthetic, wasserstein_between : float
        1-Wasserstein distance, in sites, of the distances within S and between T and S from those within T.
    wasserstein_independent : float
        The same for independent sites with the real allele frequencies (the binomial model), computed exactly.
    score : float
        clip(1 - wasserstein_synthetic / wasserstein_independent, 0, 1).
    real_with_twin, synthetic_with_twin : RowShare
        Rows identical to another row of their own set.
    synthetic_identical_to_real, real_identical_to_synthetic : RowShare
        Rows identical to a row of the other set.
    n : int
        Haplotypes compared of each set.
    """

    within_real: DistanceDistribution
    within_synthetic: DistanceDistribution
    between: DistanceDistribution
    edges: Float64Array
    wasserstein_synthetic: float
    wasserstein_between: float
    wasserstein_independent: float
    score: float
    real_with_twin: RowShare
    synthetic_with_twin: RowShare
    synthetic_identical_to_real: RowShare
    real_identical_to_synthetic: RowShare
    n: int


def pairwise_distances(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> PairwiseDistances:
    """Compare the distributions of pairwise Hamming distances (Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. The larger one is cut to the size of the other, at random, by person.
    seed : int
        Of the cut and of the bootstrap.
    backend, threads
        As for `artgen_fast.kernels.hamming.histogram`.

    Returns
    -------
    PairwiseDistances

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    searches = NeighbourSearches(
        {"real": real, "synthetic": synthetic}, seed=seed, histograms=True, backend=backend, threads=threads
    )
    return pairwise_distances_of(searches, "real", "synthetic", seed=seed)


def pairwise_distances_of(
    searches: NeighbourSearches, real: str, synthetic: str, *, seed: int = 0
) -> PairwiseDistances:
    """Pairwise distances of the first cut of two named panels, from searches made with ``histograms=True``."""
    within_real, within_synthetic = searches.within(real), searches.within(synthetic)
    between = searches.cross(real, synthetic)
    counts = [np.asarray(search.histogram, dtype=np.int64) for search in (within_real, within_synthetic, between)]
    seen = np.flatnonzero(sum(counts))
    edges = _distance_edges(int(seen[0]), int(seen[-1]))
    independent = independent_sites_distances(searches.panel(real).allele_counts() / searches.n)
    w_synthetic = wasserstein(counts[1], counts[0])
    w_independent = wasserstein(independent, counts[0])
    rng = np.random.default_rng([seed, searches.n, 3])

    def share(rows: BoolArray, name: str) -> RowShare:
        n_units = searches.n_units(name)
        units = searches.units(name)
        totals = np.stack([sum_by_unit(rows, units, n_units), sum_by_unit(np.ones(len(rows)), units, n_units)], axis=1)
        draws = resampled_totals(totals[totals[:, 1] > 0], rng)
        return RowShare(float(rows.mean()), percentile_interval(draws[:, 0] / draws[:, 1]))

    return PairwiseDistances(
        within_real=_distribution(counts[0], edges),
        within_synthetic=_distribution(counts[1], edges),
        between=_distribution(counts[2], edges),
        edges=edges,
        wasserstein_synthetic=w_synthetic,
        wasserstein_between=wasserstein(counts[2], counts[0]),
        wasserstein_independent=w_independent,
        score=float(np.clip(1 - w_synthetic / w_independent, 0, 1)) if w_independent > 0 else float("nan"),
        real_with_twin=share(within_real.distances[:, 0] == 0, real),
        synthetic_with_twin=share(within_synthetic.distances[:, 0] == 0, synthetic),
        synthetic_identical_to_real=share(between.column_distances == 0, synthetic),
        real_identical_to_synthetic=share(between.row_distances == 0, real),
        n=searches.n,
    )


def wasserstein(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """1-Wasserstein distance, in sites, between two histograms of distances 0, 1, 2 and so on."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    return float(np.abs(np.cumsum(a / a.sum()) - np.cumsum(b / b.sum())).sum())


def independent_sites_distances(frequencies: Float64Array) -> Float64Array:
    """Distribution of the distance between two haplotypes of independent sites.

    The sum of Bernoulli(2f(1 - f)) variables (Poisson binomial), from its characteristic function (Hong 2013,
    Computational Statistics & Data Analysis 59:41).

    Parameters
    ----------
    frequencies : float64 array of shape (sites,)
        Allele frequencies f.

    Returns
    -------
    float64 array of shape (sites + 1,)
        Probability of each distance 0 … sites.
    """
    differ, multiplicity = np.unique(2 * frequencies * (1 - frequencies), return_counts=True)
    mean = float(multiplicity @ differ)
    sd = float(np.sqrt(multiplicity @ (differ * (1 - differ))))
    # The transform is periodic: a window of 40 standard deviations holds all but less than rounding of the mass.
    n_sites = len(frequencies)
    width = min(n_sites + 1, 64 + int(40 * sd))
    low = min(max(0, int(mean) - width // 2), n_sites + 1 - width)
    turn = np.exp(2j * np.pi * np.arange(width // 2 + 1) / width)
    log_transform = np.zeros(len(turn), dtype=np.complex128)
    with np.errstate(divide="ignore"):
        for p, times in zip(differ, multiplicity, strict=True):
            log_transform += times * np.log(1 + p * (turn - 1))
    # irfft has the sign e^{+}: take the conjugate of the characteristic function, and start the window at low.
    window = np.fft.irfft(np.exp(np.conj(log_transform)) * turn**low, n=width)
    distribution = np.zeros(n_sites + 1)
    distribution[low : low + width] = np.maximum(window, 0)
    distribution /= distribution.sum()
    return distribution


def _distance_edges(shortest: int, longest: int) -> Float64Array:
    """Edges of at most DISTANCE_BINS bins, each of the same whole number of distances: others would show a comb."""
    distances = longest - shortest + 1
    width = -(-distances // DISTANCE_BINS)
    return shortest - 0.5 + width * np.arange(-(-distances // width) + 1, dtype=np.float64)


def _distribution(counts: Int64Array, edges: Float64Array) -> DistanceDistribution:
    distances = np.arange(len(counts))
    pairs = int(counts.sum())
    mean = float(counts @ distances) / pairs
    sd = float(np.sqrt(max(0.0, float(counts @ (distances - mean) ** 2) / pairs)))
    binned = np.histogram(distances, bins=edges, weights=counts)[0]
    return DistanceDistribution(pairs, mean, sd, np.rint(binned).astype(np.int64))
