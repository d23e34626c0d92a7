"""Synthetic rows that lie outside the cloud of real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.pca import COMPONENTS, PrincipalAxes, principal_axes
from artgen_fast.metrics.uncertainty.intervals import Interval, share_interval

QUANTILE = 0.999


@dataclass(frozen=True, slots=True)
class OffSupport:
    """Shares of synthetic rows farther out than all but 0.1 % of the real rows.

    Attributes
    ----------
    by_nearest_distance : float
        Share whose nearest real row is farther than the 99.9 % quantile of the distances from real rows to their
        nearest other real row.
    by_mahalanobis_distance : float
        Share whose Mahalanobis distance in the real rows' principal components is beyond the real rows' 99.9 %
        quantile. Components along which the real rows do not vary are left out, as in `PCAComparison.wasserstein`; NaN
        where they vary along none.
    by_nearest_distance_interval, by_mahalanobis_distance_interval : Interval
        Bootstrap over persons, the real cloud and its quantiles kept.
    quantile : float
    n : int
        Haplotypes compared of each set.
    """

    by_nearest_distance: float
    by_mahalanobis_distance: float
    by_nearest_distance_interval: Interval
    by_mahalanobis_distance_interval: Interval
    quantile: float
    n: int


def off_support(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> OffSupport:
    """Share of synthetic rows outside the real cloud.

    After figure S13 of Yelmen et al. 2023 (PLoS Comput Biol 19:e1011584), as two numbers. Parameters and errors are
    those of `nn_chains`.

    Returns
    -------
    OffSupport
    """
    searches = NeighbourSearches({"real": real, "synthetic": synthetic}, seed=seed, backend=backend, threads=threads)
    cut_real, cut_synthetic = searches.panel("real"), searches.panel("synthetic")
    axes = principal_axes([cut_real], COMPONENTS, seed)
    coordinates = axes.project(cut_real), axes.project(cut_synthetic)
    return off_support_of(searches, "real", "synthetic", axes, *coordinates, seed=seed)


def off_support_of(
    searches: NeighbourSearches,
    real: str,
    synthetic: str,
    axes: PrincipalAxes,
    real_scores: Float64Array,
    synthetic_scores: Float64Array,
    *,
    seed: int = 0,
) -> OffSupport:
    """Off-support rows of the first cut of two named panels, given their coordinates on the real rows' axes."""
    nearest = searches.within(real).distances[:, 0]
    to_real = searches.cross(real, synthetic).column_distances
    # The axes are those of the real rows, so their coordinates are uncorrelated and centred at 0.
    varying = axes.told_apart(real_scores)
    variances = real_scores[:, varying].var(axis=0, ddof=1)
    real_distance, synthetic_distance = (
        np.sum(scores[:, varying] ** 2 / variances, axis=1) for scores in (real_scores, synthetic_scores)
    )
    far = to_real > np.quantile(nearest, QUANTILE)
    far_on_axes = synthetic_distance > np.quantile(real_distance, QUANTILE)
    units, n_units = searches.units(synthetic), searches.n_units(synthetic)
    rng = np.random.default_rng([seed, searches.n, 4])
    far_interval = share_interval(far, units, n_units, rng)
    share_on_axes, interval_on_axes = float("nan"), Interval(float("nan"), float("nan"))
    if varying.any():
        share_on_axes, interval_on_axes = float(far_on_axes.mean()), share_interval(far_on_axes, units, n_units, rng)
    return OffSupport(
        by_nearest_distance=float(far.mean()),
        by_mahalanobis_distance=share_on_axes,
        by_nearest_distance_interval=far_interval,
        by_mahalanobis_distance_interval=interval_on_axes,
        quantile=QUANTILE,
        n=searches.n,
    )
