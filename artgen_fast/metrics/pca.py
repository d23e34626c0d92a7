"""Principal components of real and synthetic haplotypes, without a dense matrix of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float32Array, Float64Array, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import bit_product, pair_counts
from artgen_fast.metrics.agreement.wasserstein import wasserstein_of_samples
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.uncertainty.intervals import NOT_NEGATIVE, Interval, jackknife_interval, person_groups
from artgen_fast.whole_numbers import require_seed, whole_number

COMPONENTS = 6
DENSITY_BINS = 50

_OVERSAMPLING = 4
_TOLERANCE = 1e-5
_FLOOR = 1e-3
"""Of the leading variance: smaller ones are not resolved any better than this one."""
_NEGLIGIBLE = 1e-9
"""Size, relative to the largest, below which a direction of a block is rounding."""
_MAX_STEPS = 20
_ROUNDING = 24 * 2.0**-24
"""Of the leading variance: smaller ones are not told from none, since products add up 24 numbers in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalAxes:
    """Leading principal axes of centred alleles.

    Attributes
    ----------
    mean : float64 array of shape (sites,)
    axes : float32 array of shape (sites, components)
        Orthonormal; the loading that is largest in size is positive.
    variances : float64 array of shape (components,)
        Variance of the rows along each axis, falling.
    explained : float64 array of shape (components,)
        The same as a share of the total variance.
    """

    mean: Float64Array
    axes: Float32Array
    variances: Float64Array
    explained: Float64Array

    def project(self, haplotypes: Haplotypes, *, threads: int | None = None) -> Float64Array:
        """Coordinates of the rows on the axes, float64 of shape (haplotypes, components)."""
        scores: Float64Array = bit_product.times(haplotypes, self.axes, threads=threads) - self.mean @ self.axes
        return scores

    def told_apart(self, scores: Float64Array) -> BoolArray:
        """Along which axes rows of these coordinates vary, and not by rounding alone; bool of shape (components,)."""
        least = _ROUNDING * self.variances[0]
        varies: BoolArray = (self.variances > least) & (scores.var(axis=0, ddof=1) > least)
        return varies


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Rows of both sets on two components, counted on one grid.

    Attributes
    ----------
    components : tuple of int
        The components on the first and the second axis, counted from 1.
    first_edges, second_edges : float64 arrays of shape (51,)
    real, synthetic : int64 arrays of shape (50, 50)
        Rows in each cell: first component along the first axis.
    """

    components: tuple[int, int]
    first_edges: Float64Array
    second_edges: Float64Array
    real: Int64Array
    synthetic: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class PCAComparison:
    """Real and synthetic rows on the same principal components.

    Attributes
    ----------
    explained : float64 array of shape (components,)
        Share of the variance along each component.
    wasserstein : float64 array of shape (components,)
        1-Wasserstein distance of the synthetic from the real coordinates on each component, in standard deviations
        of the real ones: 0 where the two clouds lie over each other. NaN where the real ones do not vary along a
        component, or by less than 1.4e-6 of the first component's variance, which rounding to float32 hides.
    wasserstein_intervals : tuple of Interval
        Delete-a-group jackknife over groups of persons, with the axes fixed.
    densities : tuple of Density
        Components 1 and 2, 3 and 4, 5 and 6.
    """

    explained: Float64Array
    wasserstein: Float64Array
    wasserstein_intervals: tuple[Interval, ...]
    densities: tuple[Density, ...]


@dataclass(frozen=True, slots=True)
class PCA:
    """Two comparisons: on the axes of the real rows alone, and on those of both sets pooled.

    Attributes
    ----------
    real_axes : PCAComparison
        Synthetic rows projected on the axes of the real ones; comparable between synthetic sets.
    joint_axes : PCAComparison
        Axes of the pooled rows, which also show what only the synthetic ones vary in.
    """

    real_axes: PCAComparison
    joint_axes: PCAComparison


def pca(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    components: int = COMPONENTS,
    seed: int = 0,
    threads: int | None = None,
) -> PCA:
    """Compare real and synthetic rows on their principal components (Yelmen et al. 2023, 1-D Wasserstein distances).

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites.
    components : int
        At least 1; fewer are given where there are fewer rows or sites.
    seed : int
        Of the start of the block Lanczos iteration and of the jackknife's groups.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    PCA

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or the number of components is none.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    axes = principal_axes([real], components, seed, threads=threads)
    scores = [axes.project(panel, threads=threads) for panel in (real, synthetic)]
    return PCA(
        compare_on_axes(axes, real, synthetic, *scores, seed=seed),
        joint_comparison(real, synthetic, components=components, seed=seed, threads=threads),
    )


def joint_comparison(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    components: int = COMPONENTS,
    seed: int = 0,
    threads: int | None = None,
) -> PCAComparison:
    """Compare two sets on the principal axes of their pooled rows."""
    axes = principal_axes([real, synthetic], components, seed, threads=threads)
    scores = [axes.project(panel, threads=threads) for panel in (real, synthetic)]
    return compare_on_axes(axes, real, synthetic, *scores, seed=seed)


def principal_axes(
    panels: Sequence[Haplotypes], components: int = COMPONENTS, seed: int = 0, *, threads: int | None = None
) -> PrincipalAxes:
    """Leading principal axes of the pooled rows of some panels.

    Block Lanczos with full reorthogonalisation (Musco & Musco 2015, NeurIPS 28:1396) on the products of the centred
    rows with each other, XXᵀ, from a random start. X is read from its bits, twice a step. The steps end when the
    residual of every axis, ‖XXᵀu - λu‖ with its unit vector u over the rows, is at most 1e-5 of its λ (and of 1e-3 of
    the largest): the angle to the true axis is then at most 1e-5 over the relative distance to the next variance. The
    variances are right to the rounding of the products, in which each allele is added up in float32 at most 24 times.

    Parameters
    ----------
    panels : sequence of Haplotypes
        Of the same sites.
    components : int
        At least 1; fewer are given where there are fewer: one less than there are rows, or the number of sites.
    seed : int
        Of the random start; same seed, same axes.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    PrincipalAxes
    """
    seed = require_seed(seed)
    wanted = whole_number(components)
    if wanted is None or wanted < 1:
        raise InputError(f"components must be a whole number of at least 1; got {components!r}.")
    rows, n_sites = sum(len(panel) for panel in panels), panels[0].n_sites
    mean = np.sum([pair_counts.allele_counts(panel, threads=threads) for panel in panels], axis=0) / rows
    total_variance = float(mean @ (1 - mean)) * rows / (rows - 1)
    most = min(rows - 1, n_sites)
    components = min(wanted, most)
    # Columns up to a multiple of the kernel's cost nothing.
    width = -(-(components + _OVERSAMPLING) // bit_product.COLUMNS) * bit_product.COLUMNS
    start = _times(panels, np.random.default_rng([seed, n_sites, 4]).standard_normal((n_sites, width)), threads)
    block = _directions(start, _NEGLIGIBLE * float(np.abs(start).max()))[:, :most]
    basis = np.empty((rows, 0))
    restricted = vectors = np.empty((0, 0))
    values = np.empty(0)
    for _ in range(_MAX_STEPS):
        if block.shape[1] == 0:
            break
        basis = np.hstack([basis, block])
        image = _times(panels, _transposed_times(panels, block, threads), threads)
        projection = basis.T @ image
        known = len(restricted)
        restricted = np.block([[restricted, projection[:known]], [projection[:known].T, projection[known:]]])
        values, vectors = (each[..., ::-1] for each in np.linalg.eigh((restricted + restricted.T) / 2))
        rest = image - basis @ projection
        residuals = np.linalg.norm(rest @ vectors[known:, :components], axis=0)
        if np.all(residuals <= _TOLERANCE * np.maximum(values[:components], _FLOOR * values[0])):
            break
        block = _directions(rest, _NEGLIGIBLE * float(values[0]))[:, : most - basis.shape[1]]
        # Again, since rounding errors along the basis and in the mean grew with the directions.
        block -= basis @ (basis.T @ block)
        block = np.linalg.qr(block - block.mean(axis=0))[0]
    # Where fewer directions vary than components are wanted, the others have no variance and any axis.
    found = min(components, len(values))
    variances, coordinates = np.zeros(components), np.zeros((rows, components))
    variances[:found] = np.maximum(values[:found], 0) / (rows - 1)
    coordinates[:, :found] = basis @ vectors[:, :found]
    axes = np.linalg.qr(_transposed_times(panels, coordinates, threads))[0]
    largest = np.argmax(np.abs(axes), axis=0)
    axes *= np.where(axes[largest, np.arange(components)] < 0, -1, 1)
    explained = variances / total_variance if total_variance > 0 else np.full(components, np.nan)
    return PrincipalAxes(mean, axes.astype(np.float32), variances, explained)


def compare_on_axes(
    axes: PrincipalAxes,
    real: Haplotypes,
    synthetic: Haplotypes,
    real_scores: Float64Array,
    synthetic_scores: Float64Array,
    *,
    seed: int = 0,
    extent: tuple[Float64Array, Float64Array] | None = None,
) -> PCAComparison:
    """Compare the coordinates of two sets on given axes.

    Parameters
    ----------
    axes : PrincipalAxes
    real, synthetic : Haplotypes
        The two sets, for the persons of their rows.
    real_scores, synthetic_scores : float64 arrays of shape (rows, components)
        What `PrincipalAxes.project` gives for them.
    seed : int
        Of the jackknife's groups.
    extent : pair of float64 arrays of shape (components,), optional
        Least and largest coordinate that the densities' grids span; default: those of the two sets.

    Returns
    -------
    PCAComparison
    """
    real_groups = person_groups(real.samples.units(), seed)
    synthetic_groups = person_groups(synthetic.samples.units(), seed)
    distances, intervals = [], []
    for component, varies in enumerate(axes.told_apart(real_scores)):
        of_real, of_synthetic = real_scores[:, component], synthetic_scores[:, component]
        if not varies:
            distances.append(float("nan"))
            intervals.append(Interval(float("nan"), float("nan")))
            continue
        sd = float(of_real.std(ddof=1))
        found = wasserstein_of_samples(of_real / sd, of_synthetic / sd, real_groups, synthetic_groups)
        distances.append(found.value)
        intervals.append(jackknife_interval(*found).within(*NOT_NEGATIVE))
    low, high = extent or score_extent([real_scores, synthetic_scores])
    return PCAComparison(
        explained=axes.explained,
        wasserstein=np.array(distances),
        wasserstein_intervals=tuple(intervals),
        densities=tuple(
            _density(first, real_scores, synthetic_scores, low, high) for first in range(0, real_scores.shape[1] - 1, 2)
        ),
    )


def score_extent(scores: Sequence[Float64Array]) -> tuple[Float64Array, Float64Array]:
    """Least and largest coordinate of several sets on each component."""
    return np.min([table.min(axis=0) for table in scores], axis=0), np.max(
        [table.max(axis=0) for table in scores], axis=0
    )


def _density(first: int, real: Float64Array, synthetic: Float64Array, low: Float64Array, high: Float64Array) -> Density:
    # A component on which nothing varies still needs a grid.
    edges = [
        np.linspace(low[axis], high[axis] if high[axis] > low[axis] else low[axis] + 1, DENSITY_BINS + 1)
        for axis in (first, first + 1)
    ]
    counts = [
        np.histogram2d(scores[:, first], scores[:, first + 1], bins=edges)[0].astype(np.int64)
        for scores in (real, synthetic)
    ]
    return Density((first + 1, first + 2), edges[0], edges[1], counts[0], counts[1])


def _times(panels: Sequence[Haplotypes], matrix: Float64Array, threads: int | None) -> Float64Array:
    """X·matrix of shape (rows, width), with X the centred alleles of all panels."""
    product = np.concatenate([bit_product.times(panel, matrix, threads=threads) for panel in panels])
    product -= product.mean(axis=0)
    return product


def _transposed_times(panels: Sequence[Haplotypes], matrix: Float64Array, threads: int | None) -> Float64Array:
    """Xᵀ·matrix of shape (sites, width), with X the alleles of all panels, centred because the matrix's columns are."""
    ends = np.cumsum([len(panel) for panel in panels])
    product = np.zeros((panels[0].n_sites, matrix.shape[1]))
    for panel, part in zip(panels, np.split(matrix, ends[:-1]), strict=True):
        product += bit_product.transposed_times(panel, part, threads=threads)
    return product


def _directions(block: Float64Array, negligible: float) -> Float64Array:
    """Orthonormal directions in which a block of columns is larger than ``negligible``, the largest first."""
    orthonormal, triangle = np.linalg.qr(block)
    left, sizes, _ = np.linalg.svd(triangle)
    directions: Float64Array = orthonormal @ left[:, sizes > negligible]
    return directions
