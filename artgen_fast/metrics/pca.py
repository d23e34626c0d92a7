"""Principal components of real and synthetic haplotypes, without a dense matrix of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours import require_comparable
from artgen_fast.metrics.uncertainty import Interval, jackknife_interval, person_groups

Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

COMPONENTS = 6
DENSITY_BINS = 50

_OVERSAMPLING = 4
_TOLERANCE = 1e-4
_MAX_PASSES = 15
_BLOCK_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
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

    def project(self, haplotypes: Haplotypes) -> Float64Array:
        """Coordinates of the rows on the axes, float64 of shape (haplotypes, components)."""
        offset = self.mean @ self.axes
        scores = np.empty((len(haplotypes), self.axes.shape[1]))
        for rows, alleles in haplotypes.allele_blocks(_BLOCK_BYTES):
            scores[rows] = alleles.astype(np.float32) @ self.axes - offset
        return scores


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PCAComparison:
    """Real and synthetic rows on the same principal components.

    Attributes
    ----------
    explained : float64 array of shape (components,)
        Share of the variance along each component.
    wasserstein : float64 array of shape (components,)
        1-Wasserstein distance of the synthetic from the real coordinates on each component, in standard deviations
        of the real ones: 0 where the two clouds lie over each other.
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


def pca(real: Haplotypes, synthetic: Haplotypes, *, components: int = COMPONENTS, seed: int = 0) -> PCA:
    """Compare real and synthetic rows on their principal components (Yelmen et al. 2023, 1-D Wasserstein distances).

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites.
    components : int
        Fewer are given where there are fewer rows or sites.
    seed : int
        Of the start of the subspace iteration and of the jackknife's groups.

    Returns
    -------
    PCA

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    axes = principal_axes([real], components, seed)
    return PCA(
        compare_on_axes(axes, real, synthetic, axes.project(real), axes.project(synthetic), seed=seed),
        joint_comparison(real, synthetic, components=components, seed=seed),
    )


def joint_comparison(
    real: Haplotypes, synthetic: Haplotypes, *, components: int = COMPONENTS, seed: int = 0
) -> PCAComparison:
    """Compare two sets on the principal axes of their pooled rows."""
    axes = principal_axes([real, synthetic], components, seed)
    return compare_on_axes(axes, real, synthetic, axes.project(real), axes.project(synthetic), seed=seed)


def principal_axes(panels: Sequence[Haplotypes], components: int = COMPONENTS, seed: int = 0) -> PrincipalAxes:
    """Leading principal axes of the pooled rows of some panels.

    Block Lanczos with full reorthogonalisation from a random start (Musco & Musco 2015, NeurIPS 28:1396), one pass over
    blocks of unpacked rows a step, until no variance along the axes changes by more than 1e-4 of itself.

    Parameters
    ----------
    panels : sequence of Haplotypes
        Of the same sites.
    components : int
        At most one less than there are rows, at most the number of sites.
    seed : int
        Of the random start; same seed, same axes.

    Returns
    -------
    PrincipalAxes
    """
    rows, n_sites = sum(len(panel) for panel in panels), panels[0].n_sites
    mean = np.sum([panel.allele_counts() for panel in panels], axis=0) / rows
    total_variance = float(mean @ (1 - mean)) * rows / (rows - 1)
    components = max(1, min(components, rows - 1, n_sites))
    width = min(components + _OVERSAMPLING, rows, n_sites)
    start = np.random.default_rng([seed, n_sites, 4]).standard_normal((n_sites, width))
    basis = block = np.linalg.qr(start)[0]
    images = np.zeros((n_sites, 0))
    previous = np.zeros(components)
    for _ in range(_MAX_PASSES):
        images = np.hstack([images, _scatter_times(panels, mean, block)])
        restricted = basis.T @ images
        values, vectors = np.linalg.eigh((restricted + restricted.T) / 2)
        variances = np.maximum(values[::-1][:components], 0) / (rows - 1)
        axes = basis @ vectors[:, ::-1][:, :components]
        room = min(width, n_sites - basis.shape[1])
        if room == 0 or np.all(np.abs(variances - previous) <= _TOLERANCE * variances):
            break
        previous = variances
        block = images[:, -block.shape[1] :][:, :room]
        for _ in range(2):
            # Once leaves rounding errors along the basis that later steps would amplify.
            block = np.linalg.qr(block - basis @ (basis.T @ block))[0]
        basis = np.hstack([basis, block])
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
    from scipy.stats import wasserstein_distance

    real_groups = person_groups(real.samples.units(), seed)
    synthetic_groups = person_groups(synthetic.samples.units(), seed)
    distances, intervals = [], []
    for component in range(real_scores.shape[1]):
        of_real, of_synthetic = real_scores[:, component], synthetic_scores[:, component]
        sd = float(of_real.std(ddof=1))
        if sd == 0:
            distances.append(float("nan"))
            intervals.append(Interval(float("nan"), float("nan")))
            continue
        of_real, of_synthetic = of_real / sd, of_synthetic / sd
        distance = float(wasserstein_distance(of_real, of_synthetic))
        without_real = [
            wasserstein_distance(of_real[real_groups != group], of_synthetic)
            for group in range(_groups_to_leave_out(real_groups))
        ]
        without_synthetic = [
            wasserstein_distance(of_real, of_synthetic[synthetic_groups != group])
            for group in range(_groups_to_leave_out(synthetic_groups))
        ]
        distances.append(distance)
        intervals.append(jackknife_interval(distance, without_real, without_synthetic))
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


def _groups_to_leave_out(groups: Int64Array) -> int:
    n_groups = int(groups.max()) + 1
    return n_groups if n_groups > 1 else 0


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


def _scatter_times(panels: Sequence[Haplotypes], mean: Float64Array, basis: Float64Array) -> Float64Array:
    """XᵀX·basis of shape (sites, width), with X the centred alleles of all panels."""
    basis32 = basis.astype(np.float32)
    offset = mean @ basis
    image, sums = np.zeros(basis.shape), np.zeros(basis.shape[1])
    for panel in panels:
        for _, alleles in panel.allele_blocks(_BLOCK_BYTES):
            block = alleles.astype(np.float32)
            scores = (block @ basis32) - offset
            image += block.T @ scores.astype(np.float32)
            sums += scores.sum(axis=0)
    centred: Float64Array = image - np.outer(mean, sums)
    return centred
