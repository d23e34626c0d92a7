"""The longest stretch of sites over which a haplotype is identical to any haplotype of another panel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int32Array, Int64Array
from artgen_fast.arrays import packed_pair
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Sites
from artgen_fast.host_arrays import as_int64, host_array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.answers import in_kind
from artgen_fast.kernels.contig_bounds import bounds_or_contigs, sites_of

__all__ = ["BACKENDS", "LongestShared", "longest_shared"]

BACKENDS = ("compiled", "numba", "reference")


class LongestShared(NamedTuple):
    """Result of `longest_shared`, one entry a query."""

    sites: Int32Array
    """int32 of shape (queries,): sites of the longest stretch; 0 where no allele is shared with any target."""
    base_pairs: Int64Array
    """int64 of shape (queries,): distance from the first to the last site of the stretch that is longest by distance,
    which may be another one."""
    begin: Int64Array
    """int64 of shape (queries,): first site of the stretch of most sites, of the first such stretch; -1 without one."""
    target: Int64Array
    """int64 of shape (queries,): the target that is identical there, of several the lowest index; -1 without one."""


@in_kind("queries", "targets")
def longest_shared(
    queries: Any,
    targets: Any,
    positions: npt.ArrayLike | None = None,
    bounds: npt.ArrayLike | None = None,
    *,
    backend: str | None = None,
    threads: int | None = None,
) -> LongestShared:
    """Find, for each query, the longest stretch that it shares with any target without a difference.

    Parameters
    ----------
    queries, targets : Haplotypes, or uint64 arrays of shape (n, words) and (m, words)
        Bit-packed haplotypes of the same sites; the sites of two Haplotypes are compared.
    positions : integer array of shape (sites,), optional
        Position of each site in base pairs, never descending within a contig; default: those of the Haplotypes' sites,
        of arrays 0, 1, 2, …
    bounds : integer array of shape (contigs + 1,), optional
        Contig ``c`` holds the sites ``bounds[c]`` … ``bounds[c + 1] - 1``; ascending, from 0 to the number of sites.
        No stretch crosses a bound. Default: those of the Haplotypes' contigs, of arrays one contig.
    backend : {"compiled", "numba", "reference"}, optional
        Used or refused; default: the best that can run here.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    LongestShared

    Notes
    -----
    Backends but the reference take sites × (queries + targets) steps on one thread and memory for a few numbers a row:
    a positional Burrows–Wheeler transform of the targets, in which queries are places (Durbin 2014, Bioinformatics
    30:1266). Of one contig, every thread follows all targets for its share of the queries.

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value.
    BackendUnavailableError
        If the requested backend cannot run here.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> queries = Haplotypes.from_alleles([[0, 1, 1, 0, 1]])
    >>> targets = Haplotypes.from_alleles([[0, 1, 0, 0, 0], [1, 1, 1, 0, 0]])
    >>> longest = longest_shared(queries, targets, positions=[10, 20, 40, 80, 90])
    >>> longest.sites.tolist(), longest.base_pairs.tolist(), longest.begin.tolist(), longest.target.tolist()
    ([3], [60], [1], [1])
    """
    query_rows, target_rows = packed_pair(queries, targets)
    if target_rows.rows < 1:
        raise InputError("targets must have at least one row; got none.")
    sites = sites_of(queries, targets)
    ends = bounds_or_contigs(bounds, sites, query_rows.n_sites)
    places = _checked_positions(positions, sites, ends)
    on_device = query_rows.on_device or target_rows.on_device
    run = dispatch.backend_module("shared_haplotypes", backend, on_device, BACKENDS)
    answer = run.longest_shared(query_rows.array, target_rows.array, places, ends, dispatch.thread_count(threads))
    return LongestShared(*answer)


def _checked_positions(positions: npt.ArrayLike | None, sites: Sites | None, bounds: Int64Array) -> Int64Array:
    n_sites = int(bounds[-1])
    if positions is None:
        positions = np.arange(n_sites) if sites is None else sites.position
    given = host_array(positions, "positions")
    if given.shape != (n_sites,) or given.dtype.kind not in "iu":
        raise InputError(
            f"positions must be whole numbers of shape ({n_sites},), one a site; "
            f"got {given.dtype} of shape {given.shape}."
        )
    places = as_int64(given, "positions")
    descends = np.flatnonzero(np.diff(places) < 0) + 1
    within = descends[~np.isin(descends, bounds)]
    if len(within):
        raise InputError(
            f"positions must not descend within a contig; site {within[0] + 1} lies before site {within[0]}. "
            "Sort the sites, or give a bound there."
        )
    return places
