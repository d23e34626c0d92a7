"""Allele counts of sites, pairs, triplets and windows of sites, exact, and what is made of them: r², D′, motif counts.

Most functions read a panel site by site: `site_major` turns its bits once, and its result serves all of them. They take
`Haplotypes`, too, and turn them at each call. Torch tensors of bits or of indices are answered with tensors; of a panel
on a device, indices may be there as well. Groups of haplotypes (such as the groups of persons that a jackknife
leaves out) are counted apart in the same pass.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int32Array, Int64Array
from artgen_fast.arrays import cupy_module, is_tensor, on_host, packed_rows, view_of_tensor
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import BITS_PER_WORD, Haplotypes, words_for
from artgen_fast.host_arrays import as_int64, host_array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.answers import in_kind
from artgen_fast.kernels.contig_bounds import checked_bounds
from artgen_fast.kernels.pair_counts.reference import R2_UNIT
from artgen_fast.kernels.pair_counts.site_major import SiteMajor
from artgen_fast.kernels.pair_counts.varying_pairs import varying_pairs
from artgen_fast.whole_numbers import whole_number

__all__ = [
    "MAX_HAPLOTYPES",
    "MAX_MOTIF_SITES",
    "BinnedR2",
    "SiteMajor",
    "allele_counts",
    "binned_r2",
    "d_prime",
    "joint_counts",
    "motif_counts",
    "r2",
    "r2_matrix",
    "site_major",
]

MAX_MOTIF_SITES = 16
"""Most sites in a window of `motif_counts`."""

MAX_HAPLOTYPES = 1 << 26
"""Most rows of a panel."""

MOST_SUMMED_PAIRS = 1 << 33
"""Pairs of sites of two bins in `binned_r2`: r² of each is up to 2³⁰ units, and their sum must fit 63 bits."""

Panel = Haplotypes | SiteMajor


class BinnedR2(NamedTuple):
    """Result of `binned_r2`."""

    mean: Float64Array
    """float64 of shape (bins, bins), symmetric: mean r² over the pairs of sites of two bins; NaN without pairs."""
    pairs: Int64Array
    """int64 of shape (bins, bins): pairs of varying sites; on the diagonal each pair of different sites once."""


@in_kind("haplotypes")
def site_major(
    haplotypes: Any,
    groups: npt.ArrayLike | None = None,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> SiteMajor:
    """Turn a panel on its side, so that the bits of a site lie together.

    Parameters
    ----------
    haplotypes : Haplotypes, or uint64 array of shape (rows, words)
    groups : integer array of shape (rows,), optional
        Group of each haplotype, 0 … groups - 1, each with at least one; default: one group.
    backend : {"compiled", "numba", "cuda", "reference"}, optional
        Used or refused; default: the best that can run here.
    instruction_set : str, optional
        Of the compiled backend (see ``artgen doctor``); used or refused.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    SiteMajor
        As large as the packed panel.

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value.
    BackendUnavailableError
        If the requested backend or instruction set cannot run here.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> panel = site_major(Haplotypes.from_alleles([[0, 1, 1], [0, 0, 1]]))
    >>> panel.bits[:, 0].tolist(), panel.total.tolist()
    ([0, 1, 3], [0, 1, 2])
    """
    rows = packed_rows(haplotypes, "haplotypes")
    group_of_row = _checked_groups(groups, rows.rows)
    sizes = np.bincount(group_of_row)
    words = -(-sizes // BITS_PER_WORD)
    group_words = np.concatenate([[0], np.cumsum(words)]).astype(np.int64)
    order = np.argsort(group_of_row, kind="stable")
    first_bits = group_words[:-1] * BITS_PER_WORD
    row_of_bit = np.full(words_for(int(group_words[-1]) * BITS_PER_WORD) * BITS_PER_WORD, -1, dtype=np.int64)
    row_of_bit[np.repeat(first_bits - (np.cumsum(sizes) - sizes), sizes) + np.arange(rows.rows)] = order
    run, arguments = dispatch.prepare("pair_counts", backend, instruction_set, threads, rows.on_device)
    bits = run.transpose(rows.array, rows.n_sites, row_of_bit, *arguments)
    return SiteMajor(bits, group_words, sizes.astype(np.int64), run.site_counts(bits, group_words, *arguments))


@in_kind("haplotypes")
def allele_counts(
    haplotypes: Any,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Int64Array:
    """Number of haplotypes that carry ALT at each site, int64 of shape (sites,), without turning the panel.

    Parameters and errors are those of `site_major`.
    """
    rows = packed_rows(haplotypes, "haplotypes")
    _require_few_rows(rows.rows)
    run, arguments = dispatch.prepare("pair_counts", backend, instruction_set, threads, rows.on_device)
    counts: Int64Array = run.allele_counts(rows.array, rows.n_sites, *arguments)
    return counts


@in_kind("haplotypes", "first")
def joint_counts(
    haplotypes: Panel,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    third: npt.ArrayLike | None = None,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Int32Array:
    """Number of haplotypes that carry ALT at both sites of each pair, or at all three of each triplet.

    Parameters
    ----------
    haplotypes : Haplotypes or SiteMajor
    first, second, third : integer arrays of shape (pairs,)
        Indices of sites. Fastest when sorted by ``first``.
    backend, instruction_set, threads
        As for `site_major`.

    Returns
    -------
    int32 array of shape (pairs, groups)

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value.
    BackendUnavailableError
        If the requested backend or instruction set cannot run here.
    """
    panel, run, arguments = _turned(haplotypes, backend, instruction_set, threads)
    thirds = {} if third is None else {"third": third}
    sites = _indices(panel, first=first, second=second, **thirds)
    _require_sites(panel, **sites)
    counts: Int32Array = run.joint_counts(
        panel.bits, panel.group_words, sites["first"], sites["second"], sites.get("third"), *arguments
    )
    return counts


@in_kind("haplotypes", "first")
def r2(
    haplotypes: Panel,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    threads: int | None = None,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
) -> Float64Array:
    """r² between sites of phased haplotypes: D² / (p(1 - p) q(1 - q)) with D = p₁₁ - pq (Hill & Robertson 1968).

    Parameters and errors are those of `joint_counts`. Haplotypes are turned at every call, which takes longer
    than the pairs; for more calls than one turn them once: ``panel = site_major(haplotypes)``.

    Returns
    -------
    float64 array of shape (pairs,)
        NaN where a site is fixed.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> panel = Haplotypes.from_alleles([[0, 0, 1], [0, 0, 1], [1, 1, 1], [1, 0, 1]])
    >>> r2(panel, [0, 0, 0], [0, 1, 2]).round(3).tolist()
    [1.0, 0.333, nan]
    """
    panel, run, arguments = _turned(haplotypes, backend, instruction_set, threads)
    pairs = _indices(panel, first=first, second=second)
    # Where the backend looks at the indices itself, a pass through them is saved, of a tenth of the time.
    if not getattr(run, "R2_CHECKS_SITES", False):
        _require_sites(panel, **pairs)
    try:
        values: Float64Array = run.r2(panel.bits, panel.total, panel.n_haplotypes, *pairs.values(), *arguments)
    except IndexError:
        _require_sites(panel, **pairs)
        raise
    return values


@in_kind("haplotypes", "first")
def d_prime(
    haplotypes: Panel,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    threads: int | None = None,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
) -> Float64Array:
    """|D′| between sites of phased haplotypes: |D| over the largest |D| of that sign (Lewontin 1964).

    Parameters and errors are those of `joint_counts`.

    Returns
    -------
    float64 array of shape (pairs,)
        In [0, 1]; NaN where a site is fixed.
    """
    panel, run, arguments = _turned(haplotypes, backend, instruction_set, threads)
    pairs = _indices(panel, first=first, second=second)
    _require_sites(panel, **pairs)
    counts = run.joint_counts(panel.bits, panel.group_words, *pairs.values(), None, *arguments)
    joint = counts.sum(axis=1, dtype=np.int64)
    p, q = panel.total[pairs["first"]], panel.total[pairs["second"]]
    n = panel.n_haplotypes
    covariance = n * joint - p * q
    largest = np.where(covariance > 0, np.minimum(p * (n - q), (n - p) * q), np.minimum(p * q, (n - p) * (n - q)))
    varying = (p > 0) & (p < n) & (q > 0) & (q < n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(varying, np.abs(covariance) / largest, np.nan)


@in_kind("haplotypes")
def r2_matrix(
    haplotypes: Panel,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Float64Array:
    """r² of every pair of sites of a region, float64 of shape (sites, sites): 8 bytes for each pair of sites.

    Parameters and errors are those of `site_major`; cut the panel to the region first (``panel[:, begin:end]``).
    """
    panel, run, arguments = _turned(haplotypes, backend, instruction_set, threads)
    matrix: Float64Array = run.r2_matrix(panel.bits, panel.total, panel.n_haplotypes, *arguments)
    return matrix


@in_kind("haplotypes")
def binned_r2(
    haplotypes: Panel,
    edges: npt.ArrayLike,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> BinnedR2:
    """Mean r² over all pairs of sites of every two bins, without ever holding the matrix.

    Parameters
    ----------
    haplotypes : Haplotypes or SiteMajor
    edges : integer array of shape (bins + 1,)
        Bin ``b`` holds the sites ``edges[b]`` … ``edges[b + 1] - 1``; ascending, from 0 to the number of sites. Two
        bins have at most 2³³ pairs of varying sites.
    backend, instruction_set, threads
        As for `site_major`.

    Returns
    -------
    BinnedR2
        The mean is rounded to 2⁻³⁰ a pair, the same on every backend.
    """
    panel, run, arguments = _turned(haplotypes, backend, instruction_set, threads)
    ends = checked_bounds(edges, panel.n_sites, "edges")
    most = int(varying_pairs(on_host(panel.total), panel.n_haplotypes, ends).max(initial=0))
    if most > MOST_SUMMED_PAIRS:
        raise InputError(
            f"two bins must have at most 2³³ pairs of varying sites, or their sum would not fit; got {most:,}. "
            "Use more bins."
        )
    sums, pairs = run.r2_sums(panel.bits, panel.total, panel.n_haplotypes, ends, *arguments)
    with np.errstate(invalid="ignore"):
        return BinnedR2(np.where(pairs > 0, sums / R2_UNIT / np.maximum(pairs, 1), np.nan), pairs)


@in_kind("haplotypes")
def motif_counts(
    haplotypes: Any,
    k: int,
    first_window: int = 0,
    n_windows: int | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Int32Array:
    """Number of haplotypes with each motif in non-overlapping windows of ``k`` sites.

    Parameters
    ----------
    haplotypes : Haplotypes, or uint64 array of shape (rows, words)
    k : int
        Sites in a window, 1 … 16; an incomplete last window is dropped. A window's counts take 4·2ᵏ bytes a group.
    first_window, n_windows : int
        The windows to count; default: all from the first one on.
    groups : integer array of shape (rows,), optional
        As for `site_major`.
    backend, instruction_set, threads
        As for `site_major`.

    Returns
    -------
    int32 array of shape (windows, groups, 2ᵏ)
        A motif's first site is its lowest bit.
    """
    rows = packed_rows(haplotypes, "haplotypes")
    length = whole_number(k)
    if length is None or not 1 <= length <= MAX_MOTIF_SITES:
        raise InputError(f"k must be a whole number from 1 to {MAX_MOTIF_SITES}; got {k!r}.")
    available = rows.n_sites // length
    first = whole_number(first_window)
    count = None if first is None else available - first if n_windows is None else whole_number(n_windows)
    if first is None or count is None or first < 0 or count < 0 or first + count > available:
        raise InputError(
            f"windows must lie within the {available} whole windows of {length} sites; "
            f"got {n_windows if n_windows is not None else 'all'} from window {first_window}."
        )
    group_of_row = _checked_groups(groups, rows.rows)
    order = np.argsort(group_of_row, kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(group_of_row)).astype(np.int64)
    run, arguments = dispatch.prepare("pair_counts", backend, instruction_set, threads, rows.on_device)
    counts: Int32Array = run.motif_counts(rows.array, length, first, count, order, ends, *arguments)
    return counts


def _turned(
    haplotypes: Panel, backend: str | None, instruction_set: str | None, threads: int | None
) -> tuple[SiteMajor, Any, tuple[str, int]]:
    panel = (
        haplotypes
        if isinstance(haplotypes, SiteMajor)
        else site_major(haplotypes, backend=backend, instruction_set=instruction_set, threads=threads)
    )
    run, arguments = dispatch.prepare(
        "pair_counts", backend, instruction_set, threads, not isinstance(panel.bits, np.ndarray)
    )
    return panel, run, arguments


def _require_few_rows(rows: int) -> None:
    if rows > MAX_HAPLOTYPES:
        raise InputError(f"a panel must have at most {MAX_HAPLOTYPES:,} haplotypes to be counted; got {rows:,}.")


def _checked_groups(groups: npt.ArrayLike | None, rows: int) -> Int64Array:
    if rows < 1:
        raise InputError("haplotypes must have at least one row; got none.")
    _require_few_rows(rows)
    if groups is None:
        return np.zeros(rows, dtype=np.int64)
    given = host_array(groups, "groups")
    if given.shape != (rows,) or given.dtype.kind not in "iu":
        raise InputError(
            f"groups must be whole numbers of shape ({rows},), one a haplotype; "
            f"got {given.dtype} of shape {given.shape}."
        )
    inside = given.min() >= 0 and given.max() < rows
    numbers = given.astype(np.int64)
    if not inside or np.any(np.bincount(numbers) == 0):
        raise InputError(
            "groups must be numbered from 0 without gaps, each with at least one haplotype; "
            f"got {len(np.unique(given))} groups numbered {given.min()} … {given.max()}."
        )
    return numbers


def _indices(panel: SiteMajor, **indices: Any) -> dict[str, Any]:
    """The indices as int64 arrays of one shape, where the panel is."""
    checked: dict[str, Any] = {}
    expected: tuple[int, ...] | None = None
    for name, value in indices.items():
        array = _index_array(panel, value, f"'{name}'")
        if array.ndim != 1 or array.dtype.kind not in "iu" or (expected is not None and array.shape != expected):
            shape = "(pairs,)" if expected is None else f"{expected}"
            raise InputError(
                f"'{name}' must be site indices, whole numbers of shape {shape}; "
                f"got {array.dtype} of shape {array.shape}."
            )
        expected = array.shape
        numbers = as_int64(array, f"'{name}'") if isinstance(array, np.ndarray) else array.astype(np.int64)
        checked[name] = numbers if isinstance(panel.bits, np.ndarray) else _beside(panel, numbers)
    return checked


def _index_array(panel: SiteMajor, value: Any, name: str) -> Any:
    """A NumPy array, or a CuPy array on the panel's device."""
    on_device = value.device.type == "cuda" if is_tensor(value) else hasattr(value, "__cuda_array_interface__")
    if not on_device:
        whole = is_tensor(value) and not value.is_floating_point()  # of others NumPy may have no type
        array = view_of_tensor(value, name) if whole else host_array(value, name)
        # NumPy makes floats of an empty list.
        return array if array.size else array.astype(np.int64)
    if isinstance(panel.bits, np.ndarray):
        raise InputError(f"{name} must be in host memory, as the panel is; got a device array. Copy it first.")
    array = view_of_tensor(value, name) if is_tensor(value) else cupy_module().asarray(value)
    if array.device != panel.bits.device:
        raise InputError(
            f"{name} must be on the panel's device or in host memory; got {array.device}, and the panel is on "
            f"{panel.bits.device}. Copy it."
        )
    return array


def _beside(panel: SiteMajor, numbers: Any) -> Any:
    """Numbers on the device of a panel that is on one."""
    bits: Any = panel.bits
    with bits.device:
        return cupy_module().asarray(numbers)


def _require_sites(panel: SiteMajor, **indices: Any) -> None:
    for name, array in indices.items():
        # As unsigned numbers, negative ones are too large: one pass instead of two.
        if array.size and array.view(np.uint64).max() >= panel.n_sites:
            raise InputError(
                f"'{name}' must be site indices from 0 to {panel.n_sites - 1}; got {array.min()} … {array.max()}."
            )
