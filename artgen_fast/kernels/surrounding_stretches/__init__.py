"""Which targets share the longest stretch of observed sites with a haplotype around each site that is hidden in it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import BoolArray, Int32Array, Int64Array
from artgen_fast.arrays import packed_pair
from artgen_fast.errors import InputError
from artgen_fast.host_arrays import host_array, whole_numbers
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.answers import in_kind
from artgen_fast.kernels.contig_bounds import bounds_or_contigs, sites_of
from artgen_fast.whole_numbers import whole_number

__all__ = ["BACKENDS", "LongestAround", "longest_around"]

BACKENDS = ("compiled", "numba", "reference")


class LongestAround(NamedTuple):
    """Result of `longest_around`: of each query and hidden site the k targets of the longest stretches, in order."""

    lengths: Int32Array
    """int32 of shape (queries, hidden sites, k): observed sites of the stretch, which has no difference; descending."""
    targets: Int32Array
    """int32 of shape (queries, hidden sites, k): the targets; of equally long stretches the lowest index comes
    first."""


@in_kind("queries", "targets")
def longest_around(
    queries: Any,
    targets: Any,
    observed: npt.ArrayLike,
    hidden: npt.ArrayLike,
    k: int,
    bounds: npt.ArrayLike | None = None,
    *,
    backend: str | None = None,
    threads: int | None = None,
) -> LongestAround:
    """Find, for each query and hidden site, the targets that share the longest stretch of observed sites around it.

    The stretch of a query and a target around a site reaches to both sides over the observed sites, up to the first one
    at which the two differ, or to the contig's end. Alleles at sites that are not observed are never looked at.

    Parameters
    ----------
    queries, targets : Haplotypes, or uint64 arrays of shape (n, words) and (m, words)
        Bit-packed haplotypes of the same sites; the sites of two Haplotypes are compared.
    observed : bool array of shape (sites,)
    hidden : integer array of shape (hidden sites,)
        Ascending indices of sites that are not observed.
    k : int
        1 … m.
    bounds : integer array of shape (contigs + 1,), optional
        As for `artgen_fast.kernels.shared_haplotypes.longest_shared`.
    backend : {"compiled", "numba", "reference"}, optional
        Used or refused; default: the best that can run here.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    LongestAround

    Notes
    -----
    Backends but the reference take somewhat more than queries × targets × observed sites / 64 steps, and memory for a
    bit of each observed site of the queries and targets.

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value.
    BackendUnavailableError
        If the requested backend cannot run here.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> query = Haplotypes.from_alleles([[0, 1, 0, 0, 1]])
    >>> targets = Haplotypes.from_alleles([[1, 1, 1, 0, 0], [0, 1, 1, 0, 1], [1, 0, 0, 0, 1]])
    >>> found = longest_around(query, targets, [True, True, False, True, True], [2], k=2)
    >>> found.lengths.tolist(), found.targets.tolist()
    ([[[4, 2]]], [[[1, 0]]])
    """
    query_rows, target_rows = packed_pair(queries, targets)
    n_sites = query_rows.n_sites
    number = whole_number(k)
    if number is None or not 1 <= number <= target_rows.rows:
        raise InputError(f"k must be a whole number from 1 to the number of targets ({target_rows.rows}); got {k!r}.")
    seen = _checked_observed(observed, n_sites)
    places = _checked_hidden(hidden, seen)
    ends = bounds_or_contigs(bounds, sites_of(queries, targets), n_sites)
    on_device = query_rows.on_device or target_rows.on_device
    run = dispatch.backend_module("surrounding_stretches", backend, on_device, BACKENDS)
    return LongestAround(
        *run.longest_around(
            query_rows.array, target_rows.array, seen, places, ends, number, dispatch.thread_count(threads)
        )
    )


def _checked_observed(observed: npt.ArrayLike, n_sites: int) -> BoolArray:
    given = host_array(observed, "observed")
    if given.shape != (n_sites,) or given.dtype != np.bool_:
        raise InputError(f"observed must be bool of shape ({n_sites},), one a site; got {given.dtype} of shape "
                         f"{given.shape}.")  # fmt: skip
    return given


def _checked_hidden(hidden: npt.ArrayLike, observed: BoolArray) -> Int64Array:
    sites = whole_numbers(hidden, "hidden")
    if len(sites) and (sites.min() < 0 or sites.max() >= len(observed) or np.any(np.diff(sites) <= 0)):
        raise InputError(f"hidden must ascend within 0 … {len(observed) - 1}; got {sites.tolist()!s:.80}. Sort them.")
    if np.any(observed[sites]):
        seen = int(sites[observed[sites]][0])
        raise InputError(f"hidden sites must not be observed; site {seen} is both. Take it out of either.")
    return sites
