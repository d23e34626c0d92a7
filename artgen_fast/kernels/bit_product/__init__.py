"""Products of bit-packed haplotypes with thin dense matrices, from the bits.

With X the alleles of a panel, 0 or 1, of shape (haplotypes, sites): `times` is X·B, `transposed_times` is Xᵀ·Y. Eight
alleles together have one of 256 sums of rows of the matrix; those sums are tabled, and a product looks them up byte by
byte ("method of four Russians": Arlazarov et al. 1970, Soviet Math. Dokl. 11:1209). X is never unpacked, nor turned.

Sums of 512 alleles are in float32, the sum of those in float64. For 5,008 × 65,535 real alleles and 16 columns of
normal deviates in float32, the largest error of X·B was 8.2e-8 of its largest value, and of Xᵀ·Y 1.3e-7 of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float32Array, Float64Array
from artgen_fast.arrays import packed_rows
from artgen_fast.errors import InputError
from artgen_fast.host_arrays import host_array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.answers import in_kind

BACKENDS = ("compiled", "numba", "reference")
"""The backends that this kernel has."""

LARGEST_NUMBER = 1e35
"""In size: sums of 512 of them are finite in float32."""

COLUMNS = 16
"""Columns that one pass over the bits takes; 1 column costs as much as 16."""


@in_kind("haplotypes")
def times(
    haplotypes: Any,
    matrix: npt.ArrayLike,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Float64Array:
    """X·B: for each haplotype the sum of the matrix's rows at the sites where it carries ALT.

    Parameters
    ----------
    haplotypes : Haplotypes, or uint64 array of shape (rows, words)
        In host memory.
    matrix : float array of shape (sites, columns)
        Rounded to float32 (sites = 64·words for plain arrays).
    backend : {"compiled", "numba", "reference"}, optional
        Used or refused; default: the best that can run here.
    instruction_set : str, optional
        Of the compiled backend (see ``artgen doctor``); used or refused.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    float64 array of shape (rows, columns)
        The same bit for bit for any number of threads and on both fast backends.

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value.
    BackendUnavailableError
        If the requested backend cannot run here.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> panel = Haplotypes.from_alleles([[1, 0, 1], [0, 0, 1]])
    >>> times(panel, [[1.0], [2.0], [4.0]]).ravel().tolist()
    [5.0, 4.0]
    """
    rows = packed_rows(haplotypes, "haplotypes")
    factor = _checked_matrix(matrix, rows.n_sites, "sites")
    run, arguments = dispatch.prepare("bit_product", backend, instruction_set, threads, rows.on_device, BACKENDS)
    product: Float64Array = run.times(rows.array, factor, *arguments)
    return product


@in_kind("haplotypes")
def transposed_times(
    haplotypes: Any,
    matrix: npt.ArrayLike,
    *,
    backend: str | None = None,
    instruction_set: str | None = None,
    threads: int | None = None,
) -> Float64Array:
    """Xᵀ·Y: for each site the sum of the matrix's rows of the haplotypes that carry ALT there.

    Parameters and errors are those of `times`, but for the matrix, which has shape (rows, columns).

    Returns
    -------
    float64 array of shape (sites, columns)

    Examples
    --------
    >>> from artgen_fast.haplotypes import Haplotypes
    >>> panel = Haplotypes.from_alleles([[1, 0, 1], [0, 0, 1]])
    >>> transposed_times(panel, [[1.0], [2.0]]).ravel().tolist()
    [1.0, 0.0, 3.0]
    """
    rows = packed_rows(haplotypes, "haplotypes")
    factor = _checked_matrix(matrix, rows.rows, "haplotypes")
    run, arguments = dispatch.prepare("bit_product", backend, instruction_set, threads, rows.on_device, BACKENDS)
    product: Float64Array = run.transposed_times(rows.array, factor, *arguments)
    return product[: rows.n_sites]


def _checked_matrix(matrix: npt.ArrayLike, n_rows: int, what: str) -> Float32Array:
    array = host_array(matrix, "the matrix")
    if array.ndim != 2 or array.dtype.kind != "f" or len(array) != n_rows:
        raise InputError(
            f"the matrix must be floating point of shape ({n_rows}, columns), a row for each of the {what}; "
            f"got {array.dtype} of shape {array.shape}."
        )
    # Of NaN and infinities some reach the least or the largest.
    least, most = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if not (least >= -LARGEST_NUMBER and most <= LARGEST_NUMBER):
        raise InputError(
            f"the matrix must hold finite numbers of at most {LARGEST_NUMBER:g} in size, whose sums float32 can hold; "
            f"got {least:g} … {most:g}. Scale it, or leave their rows out."
        )
    return array.astype(np.float32)
