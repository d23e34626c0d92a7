"""Hamming distances between bit-packed haplotypes: nearest neighbours, cross minima and histograms, exact.

Every function takes `Haplotypes` or C-contiguous uint64 arrays of shape (rows, words): NumPy arrays, torch tensors (or
int64 with the same bits) or CuPy arrays. Answers are of the same kind and in the same memory, that of a device for
``backend="cuda"``; tensors there are searched on torch's current stream. Ties go to the lowest index. Memory grows with
the rows, never with their square.
Searches run without the interpreter's lock, from any number of Python threads; the compiled ones end at Ctrl-C.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from artgen_fast.arrays import PackedRows, packed_pair, packed_rows
from artgen_fast.errors import InputError
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.answers import in_kind
from artgen_fast.whole_numbers import whole_number

__all__ = ["MAX_K", "Cross", "Nearest", "Within", "cross", "histogram", "nearest", "within"]

MAX_K = 8
"""Most neighbours that a search keeps for each row."""

MAX_WORDS = (1 << 25) - 1
"""Words of a row at most: distances are int32."""


class Nearest(NamedTuple):
    """Result of `nearest`: neighbours by distance, then index."""

    distances: Any
    """int32 of shape (queries, k)."""
    indices: Any
    """int64 of shape (queries, k)."""


class Within(NamedTuple):
    """Result of `within`: neighbours of each row among the other rows, and the histogram if asked for."""

    distances: Any
    """int32 of shape (rows, k)."""
    indices: Any
    """int64 of shape (rows, k)."""
    histogram: Any
    """int64 of shape (sites + 1,): unordered pairs at each distance; None unless asked for."""


class Cross(NamedTuple):
    """Result of `cross`: nearest neighbours both ways, and the histogram if asked for."""

    row_distances: Any
    """int32 of shape (queries,): distance from each query to its nearest target."""
    row_indices: Any
    """int64 of shape (queries,)."""
    column_distances: Any
    """int32 of shape (targets,): distance from each target to its nearest query."""
    column_indices: Any
    """int64 of shape (targets,)."""
    histogram: Any
    """int64 of shape (sites + 1,): pairs at each distance; None unless asked for."""


@in_kind("queries", "targets")
def nearest(
    queries: Any,
    targets: Any,
    k: int = 1,
    exclude_self: bool = False,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
    *,
    pruning: bool | None = None,
) -> Nearest:
    """The ``k`` nearest targets of each query.

    Parameters
    ----------
    queries, targets : Haplotypes, or uint64 arrays of shape (n, words) and (m, words)
        Bit-packed haplotypes of the same sites; the sites of two Haplotypes are compared.
    k : int
        Neighbours to keep, 1 … 8, at most the number of targets (less one with ``exclude_self``).
    exclude_self : bool
        Leave out the pair (i, i): query ``i`` is target ``i``. By index, not by distance, so that a duplicate of a row
        still counts. Needs as many queries as targets; the same array twice is searched by symmetry.
    backend : {"compiled", "numba", "cuda", "reference"}, optional
        Used or refused; default: the best that can run here.
    instruction_set : str, optional
        Of the compiled backend or of cuda (see ``artgen doctor``); used or refused; default: the best that can run.
    threads : int, optional
        Default: the usable CPUs.
    pruning : bool, optional
        Whether the compiled backend bounds distances by the common haplotypes of windows of sites, and looks at single
        sites only where a bound does not tell (``docs/hamming.md``). The answer is the same either way. Default: chosen
        from a sample of rows. Given True, it still compares all rows at all sites where too few haplotypes are common,
        or where the tables would take over 64 MB and an eighth of the rows.

    Returns
    -------
    Nearest
        ``distances``, int32 of shape (n, k), and ``indices``, int64 of the same shape: by distance, then index.

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value.
    BackendUnavailableError
        If the requested backend or instruction set cannot run here.

    Examples
    --------
    >>> from artgen_fast.haplotypes import pack
    >>> panel = pack([[0, 0, 0], [0, 1, 1], [0, 1, 0]])
    >>> distances, indices = nearest(panel, panel, k=2, exclude_self=True)
    >>> distances.tolist(), indices.tolist()
    ([[1, 2], [1, 2], [1, 1]], [[2, 1], [2, 0], [0, 1]])
    """
    _require_flags(exclude_self=exclude_self, pruning=pruning)
    query_rows, target_rows = packed_pair(queries, targets)
    if exclude_self and query_rows.rows != target_rows.rows:
        raise InputError(
            "exclude_self needs queries and targets to be the same rows; "
            f"got {query_rows.rows} queries and {target_rows.rows} targets."
        )
    k = _checked_k(k, target_rows.rows - bool(exclude_self), exclude_self)
    run, arguments = _prepare(query_rows, target_rows, backend, instruction_set, threads)
    if exclude_self and _same_memory(query_rows, target_rows):
        result = run.within(query_rows.array, k, False, pruning, *arguments)
        return Nearest(result[0], result[1])
    return Nearest(*run.nearest(query_rows.array, target_rows.array, k, exclude_self, pruning, *arguments))


@in_kind("haplotypes")
def within(
    haplotypes: Any,
    k: int = 1,
    histogram: bool = False,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
    *,
    pruning: bool | None = None,
) -> Within:
    """The ``k`` nearest other rows of each row, by symmetry, with the histogram of all pairs in the same pass.

    A row is never its own neighbour, a duplicate of it may be.

    Parameters
    ----------
    haplotypes : Haplotypes, or uint64 array of shape (n, words)
        As for `nearest`; at least two rows.
    k : int
        Neighbours to keep, 1 … 8, at most n - 1.
    histogram : bool
        Whether to count the pairs at each distance.
    backend, instruction_set, threads, pruning
        As for `nearest`.

    Returns
    -------
    Within

    Raises
    ------
    InputError, BackendUnavailableError
        As `nearest` does.
    """
    _require_flags(histogram=histogram, pruning=pruning)
    rows = packed_rows(haplotypes, "haplotypes")
    k = _checked_k(k, rows.rows - 1, True)
    run, arguments = _prepare(rows, rows, backend, instruction_set, threads)
    distances, indices, counts = run.within(rows.array, k, histogram, pruning, *arguments)
    return Within(distances, indices, None if counts is None else counts[: rows.n_sites + 1])


@in_kind("queries", "targets")
def cross(
    queries: Any,
    targets: Any,
    histogram: bool = False,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
    *,
    pruning: bool | None = None,
) -> Cross:
    """Nearest target of each query and nearest query of each target, in one pass over all pairs.

    Parameters
    ----------
    queries, targets : Haplotypes, or uint64 arrays of shape (n, words) and (m, words)
        As for `nearest`; at least one row of each.
    histogram : bool
        Whether to count the pairs at each distance.
    backend, instruction_set, threads, pruning
        As for `nearest`.

    Returns
    -------
    Cross
        Of equally near rows the lowest index.

    Raises
    ------
    InputError, BackendUnavailableError
        As `nearest` does.
    """
    _require_flags(histogram=histogram, pruning=pruning)
    query_rows, target_rows = packed_pair(queries, targets)
    for name, rows in (("queries", query_rows), ("targets", target_rows)):
        if not rows.rows:
            raise InputError(f"{name} must have at least one row; got none.")
    run, arguments = _prepare(query_rows, target_rows, backend, instruction_set, threads)
    answer = Cross(*run.cross(query_rows.array, target_rows.array, histogram, pruning, *arguments))
    return answer._replace(histogram=answer.histogram[: query_rows.n_sites + 1]) if histogram else answer


@in_kind("queries", "targets")
def histogram(
    queries: Any,
    targets: Any = None,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Any:
    """Number of pairs at each Hamming distance.

    Parameters
    ----------
    queries : Haplotypes, or uint64 array of shape (n, words)
    targets : the same of shape (m, words), optional
        Without it, each unordered pair of different rows of ``queries`` is counted once.
    backend, instruction_set, threads
        As for `nearest`.

    Returns
    -------
    int64 array of shape (sites + 1,)
        Pairs at distance 0 … sites (sites = 64·words for plain arrays).
    """
    if targets is None:
        query_rows = packed_rows(queries, "queries")
        target_rows = query_rows
    else:
        query_rows, target_rows = packed_pair(queries, targets)
    run, arguments = _prepare(query_rows, target_rows, backend, instruction_set, threads)
    counts = run.histogram(query_rows.array, None if targets is None else target_rows.array, *arguments)
    return counts[: query_rows.n_sites + 1]


def _require_flags(**flags: Any) -> None:
    """Refuse what is only taken for true or false: 'no' would be true."""
    for name, flag in flags.items():
        if not isinstance(flag, bool | np.bool_) and not (name == "pruning" and flag is None):
            raise InputError(f"{name} must be True or False{' or None' if name == 'pruning' else ''}; got {flag!r}.")


def _checked_k(k: Any, available: int, self_excluded: bool) -> int:
    number = whole_number(k)
    if number is None or not 1 <= number <= MAX_K:
        raise InputError(f"k must be a whole number from 1 to {MAX_K}; got {k!r}.")
    if number > available:
        what = "other rows" if self_excluded else "targets"
        raise InputError(f"k must be at most the number of {what} ({max(available, 0)}); got {number}.")
    return number


def _same_memory(first: PackedRows, second: PackedRows) -> bool:
    if first.array is second.array:
        return True
    if first.on_device or second.on_device:
        return bool(first.array.data.ptr == second.array.data.ptr) and first.rows == second.rows
    return bool(first.array.ctypes.data == second.array.ctypes.data) and first.rows == second.rows


def _prepare(
    queries: PackedRows,
    targets: PackedRows,
    backend: str | None,
    instruction_set: str | None,
    threads: int | None,
) -> tuple[Any, tuple[str, int]]:
    if queries.on_device != targets.on_device:
        raise InputError("queries and targets must be in the same memory; got one on the host and one on a device.")
    if queries.words > MAX_WORDS:
        raise InputError(
            f"a row must have at most {MAX_WORDS:,} words; got {queries.words:,}. Search windows of sites."
        )
    return dispatch.prepare("hamming", backend, instruction_set, threads, queries.on_device)
