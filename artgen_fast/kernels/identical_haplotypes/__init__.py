"""Haplotypes that are identical over a stretch of sites: in how many pairs as it grows, and which ones with which."""

from __future__ import annotations

from numbers import Real

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int32Array, Int64Array
from artgen_fast.errors import InputError
from artgen_fast.host_arrays import whole_numbers
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.pair_counts import SiteMajor

__all__ = ["BACKENDS", "haplotype_classes", "identical_pairs"]

BACKENDS = ("compiled", "numba", "reference")


def identical_pairs(
    panel: SiteMajor,
    cores: npt.ArrayLike,
    alleles: npt.ArrayLike,
    ends: npt.ArrayLike,
    least: float = 0.0,
    *,
    backend: str | None = None,
    threads: int | None = None,
) -> list[Int64Array]:
    """Count the pairs of carriers of a core allele that are identical out to each site, and without each group.

    Each walk begins at a core site, among the haplotypes that carry the allele there, and goes from site to site.
    Extended haplotype homozygosity (Sabeti et al. 2002, Nature 419:832) is the count at a site over that at the core.

    Parameters
    ----------
    panel : SiteMajor
        Made by `artgen_fast.kernels.pair_counts.site_major`.
    cores : integer array of shape (walks,)
        Index of the site that each walk begins at.
    alleles : integer array of shape (walks,)
        0 (REF) or 1 (ALT).
    ends : integer array of shape (walks,)
        The site that a walk stops before: above the core to the right, below it (-1 … ) to the left. Walks do not know
        of contigs.
    least : float
        A walk ends early, at the first site where less than this share of the core's pairs is left in every column
        that had any. A walk whose core has no pairs ends at the core: one row, even with 0.
    backend : {"compiled", "numba", "reference"}, optional
        Used or refused; default: the best that can run here.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    list of int64 arrays of shape (steps, groups + 1)
        One a walk. The first row is the core, each next one a site farther. The first column counts pairs of all
        carriers, each next one those without the haplotypes of a group.

    Raises
    ------
    InputError
        If an argument has the wrong type, shape or value.
    BackendUnavailableError
        If the requested backend cannot run here.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> from artgen_fast.kernels.pair_counts import site_major
    >>> panel = site_major(Haplotypes.from_alleles([[1, 0, 0], [1, 0, 1], [1, 0, 1], [0, 0, 0]]))
    >>> [pairs[:, 0].tolist() for pairs in identical_pairs(panel, [0, 2], [1, 0], [3, -1])]
    [[3, 3, 1], [1, 1, 0]]
    """
    _require_site_major(panel)
    core, allele, end = (
        whole_numbers(values, name) for values, name in ((cores, "cores"), (alleles, "alleles"), (ends, "ends"))
    )
    if not len(core) == len(allele) == len(end):
        raise InputError(
            f"cores, alleles and ends must have one value a walk; got {len(core)}, {len(allele)} and {len(end)}."
        )
    _require_range(core, 0, panel.n_sites - 1, "cores")
    _require_range(allele, 0, 1, "alleles")
    _require_range(end, -1, panel.n_sites, "ends")
    if np.any(end == core):
        raise InputError(
            f"ends must not be the core itself, to which no direction leads; got {int(core[end == core][0])} for both."
        )
    if not isinstance(least, Real) or not 0 <= least <= 1:
        raise InputError(f"least must be a share from 0 to 1; got {least!r}.")
    run = dispatch.backend_module("identical_haplotypes", backend, False, BACKENDS)
    pairs: list[Int64Array] = run.identical_pairs(
        panel.bits,
        panel.group_words,
        panel.group_sizes,
        core,
        allele,
        end,
        float(least),
        dispatch.thread_count(threads),
    )
    return pairs


def haplotype_classes(
    panel: SiteMajor,
    begins: npt.ArrayLike,
    ends: npt.ArrayLike,
    *,
    backend: str | None = None,
    threads: int | None = None,
) -> Int32Array:
    """Sort the haplotypes of each window into classes of identical ones.

    Parameters
    ----------
    panel : SiteMajor
    begins, ends : integer arrays of shape (windows,)
        A window holds the sites ``begins`` … ``ends - 1``.
    backend, threads
        As for `identical_pairs`.

    Returns
    -------
    int32 array of shape (windows, haplotypes)
        Class of each haplotype, numbered from 0 by first appearance. The haplotypes are in the order of the panel's
        groups, those of a group in the order of their rows.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> from artgen_fast.kernels.pair_counts import site_major
    >>> panel = site_major(Haplotypes.from_alleles([[1, 0, 0], [1, 0, 1], [1, 0, 1], [0, 0, 0]]))
    >>> haplotype_classes(panel, [0, 0], [2, 3]).tolist()
    [[0, 0, 0, 1], [0, 1, 1, 2]]
    """
    _require_site_major(panel)
    begin, end = (whole_numbers(values, name) for values, name in ((begins, "begins"), (ends, "ends")))
    if len(begin) != len(end):
        raise InputError(f"begins and ends must have one value a window; got {len(begin)} and {len(end)}.")
    _require_range(begin, 0, panel.n_sites, "begins")
    _require_range(end, 0, panel.n_sites, "ends")
    if np.any(end < begin):
        raise InputError("begins must not lie behind ends; in some window it does. Swap them.")
    run = dispatch.backend_module("identical_haplotypes", backend, False, BACKENDS)
    classes: Int32Array = run.haplotype_classes(
        panel.bits, panel.group_words, panel.group_sizes, begin, end, dispatch.thread_count(threads)
    )
    return classes


def _require_site_major(panel: SiteMajor) -> None:
    if not isinstance(panel, SiteMajor) or not isinstance(panel.bits, np.ndarray):
        raise InputError(
            f"panel must be a SiteMajor in host memory; got {type(panel).__name__}. "
            "Use artgen_fast.kernels.pair_counts.site_major(haplotypes)."
        )


def _require_range(values: Int64Array, low: int, high: int, name: str) -> None:
    if len(values) and (values.min() < low or values.max() > high):
        raise InputError(f"{name} must be from {low} to {high}; got {values.min()} … {values.max()}.")
