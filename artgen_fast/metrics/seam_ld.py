"""Linkage disequilibrium across the seams of a chain of windows, beside that inside windows, real against synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.equal_sizes import equal_sizes
from artgen_fast.whole_numbers import whole_number

REACH = 50
"""Sites on each side of a seam whose pairs are looked at."""

INSIDE = 4
"""Places inside each window that are looked at likewise, evenly spread."""


@dataclass(frozen=True, slots=True, eq=False)
class SeamLD:
    """Mean r² of pairs of sites on two sides of a place, at each seam and at places inside windows.

    A pair counts where both sites vary in both sets and lie on one contig. A seam without such a pair, as where a
    contig ends, is NaN, and no part of the ratios.

    Attributes
    ----------
    seams : int64 array of shape (seams,)
        First site of each window but the first.
    real_across, synthetic_across : float64 arrays of shape (seams,)
        Mean r² across each seam.
    inside : int64 array of shape (places,)
        Places inside windows: the first site to the right of each.
    real_inside, synthetic_inside : float64 arrays of shape (places,)
    across_ratio, inside_ratio : float
        Sum of synthetic over sum of real means: 1 where linkage is kept. What windows lose at their seams is the
        difference between the two.
    reach : int
        Sites on each side.
    n : int
        Haplotypes of each set that are compared.
    cut : str
        Which set is cut to so many and how, in words; empty if none is.
    """

    seams: Int64Array
    real_across: Float64Array
    synthetic_across: Float64Array
    inside: Int64Array
    real_inside: Float64Array
    synthetic_inside: Float64Array
    across_ratio: float
    inside_ratio: float
    reach: int
    n: int
    cut: str


def seam_ld(
    real: Haplotypes,
    synthetic: Haplotypes,
    seams: Sequence[int],
    reach: int = REACH,
    threads: int | None = None,
    *,
    seed: int = 0,
) -> SeamLD:
    """Compare linkage disequilibrium across seams with that inside windows.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Of the same sites. The larger set is cut to the size of the smaller, by person: r² of n independent rows is
        1/n in the mean, not 0, so that few rows look linked beside many.
    seams : sequence of int
        First site of each window but the first, ascending.
    reach : int
        Sites on each side of a place whose pairs are looked at.
    threads : int, optional
        Default: the usable CPUs.
    seed : int
        Of the cut.

    Raises
    ------
    InputError
        If the sites differ, there is no seam inside the panel, or a set has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    n = real.n_sites
    edges = _seams(seams, n)
    sites = whole_number(reach)
    if sites is None or sites < 1:
        raise InputError(f"reach must be a whole number of at least 1; got {reach!r}.")
    near = min(sites, n)
    bounds = np.concatenate([[0], edges, [n]])
    spread = np.arange(1, INSIDE + 1) / (INSIDE + 1)
    inside = np.unique((bounds[:-1, None] + np.diff(bounds)[:, None] * spread).astype(np.int64))
    # A place so near a seam that its pairs would cross it belongs to the seam.
    distance = np.abs(inside[:, None] - edges[None]).min(axis=1)
    inside = inside[(distance >= near) & (inside >= 1)]
    sets = {"real": real, "synthetic": synthetic}
    cuts = equal_sizes(sets, seed)
    compared = [panel if len(panel) == cuts.n else panel[cuts.rows[name][0]] for name, panel in sets.items()]
    panels = [pair_counts.site_major(panel, threads=threads) for panel in compared]
    contig = real.sites.contig
    found = []
    for places in (edges, inside):
        means = np.full((len(places), 2), np.nan)
        for place, (at, row) in enumerate(zip(places, means, strict=True)):
            first = np.arange(max(at - near, 0), at)
            second = np.arange(at, min(at + near, n))
            pairs = np.repeat(first, len(second)), np.tile(second, len(first))
            r2 = np.array([pair_counts.r2(panel, *pairs, threads) for panel in panels])
            counted = np.isfinite(r2).all(axis=0) & (contig[pairs[0]] == contig[pairs[1]])
            if counted.any():
                row[:] = r2[:, counted].mean(axis=1)
            means[place] = row
        found.append(means)
    across, within = found
    return SeamLD(
        edges,
        across[:, 0],
        across[:, 1],
        inside,
        within[:, 0],
        within[:, 1],
        _ratio(across),
        _ratio(within),
        sites,
        cuts.n,
        cuts.description,
    )


def _seams(seams: Sequence[int], n_sites: int) -> Int64Array:
    given = np.asarray(seams)
    # An empty list is an array of floats.
    whole = given.ndim == 1 and np.issubdtype(given.dtype, np.integer)
    edges = (given if whole else np.array([])).astype(np.int64)
    if not len(edges) or edges[0] < 1 or edges[-1] >= n_sites or np.any(np.diff(edges) < 1):
        raise InputError(
            f"seams must be ascending sites, whole numbers from 1 to {n_sites - 1}, at least one; got {given.tolist()}."
        )
    return edges


def _ratio(means: Float64Array) -> float:
    there = means[np.isfinite(means).all(axis=1)]
    return float(there[:, 1].sum() / there[:, 0].sum()) if there[:, 0].sum() > 0 else float("nan")
