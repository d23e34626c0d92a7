"""Alleles as bits: packing, unpacking and cutting rows.

Site ``j`` of a row is bit ``j % 64`` of 64-bit word ``j // 64`` (1 = ALT). Rows are padded with zero bits to a whole
number of 64-byte lines, so that no kernel needs a tail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import UInt8Array, UInt64Array
from artgen_fast.errors import InputError
from artgen_fast.host_arrays import described, host_array, require_unmasked
from artgen_fast.whole_numbers import whole_number

BITS_PER_WORD = 64
WORDS_PER_LINE = 8
"""Rows are padded to a multiple of this many words (64 bytes)."""

_ROWS_PACKED_TOGETHER = 64
_PACKED_TOGETHER_BYTES = 1 << 20
UNPACK_BLOCK_BYTES = 64 << 20

_ROWS_PER_SUM = 32
"""Rows whose unpacked alleles stay in the cache until they are added, in bytes, which hold up to 255 rows."""


def words_for(n_sites: int) -> int:
    """Number of 64-bit words in a padded row of ``n_sites`` sites, 0 or more."""
    number = whole_number(n_sites)
    if number is None or number < 0:
        raise InputError(f"the number of sites must be a whole number, 0 or more; got {n_sites!r}.")
    lines = -(-number // (BITS_PER_WORD * WORDS_PER_LINE))
    return lines * WORDS_PER_LINE


def pack(alleles: npt.ArrayLike) -> UInt64Array:
    """Pack alleles into bits.

    Parameters
    ----------
    alleles : array of shape (rows, sites)
        0 (reference) or 1 (alternative), of any integer or boolean dtype.

    Returns
    -------
    uint64 array of shape (rows, words)
        Site ``j`` is bit ``j % 64`` of word ``j // 64``; padding bits are zero.

    Raises
    ------
    InputError
        If the array is not two-dimensional, not integer, or holds anything but 0 and 1.

    Examples
    --------
    >>> pack([[1, 0, 1]])[0, 0]
    np.uint64(5)
    """
    matrix = host_array(alleles, "alleles")
    if matrix.ndim != 2 or matrix.dtype.kind not in "iub":
        raise InputError(
            "alleles must be an integer or boolean array of shape (haplotypes, sites); "
            f"got {matrix.dtype} of shape {matrix.shape}. Give one row per haplotype, 0 = REF, 1 = ALT."
        )
    if matrix.dtype.kind != "b" and matrix.size:
        low, high = int(matrix.min()), int(matrix.max())
        if low < 0 or high > 1:
            raise InputError(
                f"alleles must be 0 (REF) or 1 (ALT); got values from {low} to {high}. "
                "Drop missing calls and split multi-allelic sites first."
            )
    rows, n_sites = matrix.shape
    words = words_for(n_sites)
    packed_bytes = np.zeros((rows, words * 8), dtype=np.uint8)
    by_site = abs(matrix.strides[0]) < abs(matrix.strides[1])
    packed_bytes[:, : -(-n_sites // 8)] = packed_by_site(matrix.T) if by_site else _packed_by_row(matrix)
    return packed_bytes.view("<u8")


def _packed_by_row(alleles: npt.NDArray[Any]) -> UInt8Array:
    """Pack alleles of shape (rows, sites), of which those of a row lie together, eight a byte."""
    rows, n_sites = alleles.shape
    packed = np.empty((rows, -(-n_sites // 8)), dtype=np.uint8)
    for start in range(0, rows, _ROWS_PACKED_TOGETHER):
        block = alleles[start : start + _ROWS_PACKED_TOGETHER].astype(np.uint8, copy=False)
        packed[start : start + len(block)] = np.packbits(block, axis=1, bitorder="little")
    return packed


def packed_by_site(alleles: npt.NDArray[Any]) -> UInt8Array:
    """Pack alleles of shape (sites, rows), of which those of a site lie together, as in a VCF.

    Returns
    -------
    uint8 array of shape (rows, bytes)
        Site ``j`` is bit ``j % 8`` of byte ``j // 8``.
    """
    # Eight sites of all rows at a time by shifts; numpy.packbits would need the transpose first.
    n_sites, rows = alleles.shape
    packed = np.empty((rows, -(-n_sites // 8)), dtype=np.uint8)
    step = 8 * max(1, _PACKED_TOGETHER_BYTES // max(1, 8 * rows))
    for start in range(0, n_sites, step):
        end = min(start + step, n_sites)
        eighths = np.zeros((-(-(end - start) // 8), rows), dtype=np.uint8)
        for bit in range(7, -1, -1):
            eighths += eighths
            sites = alleles[start + bit : end : 8]
            eighths[: len(sites)] |= sites.astype(np.uint8, copy=False)
        packed[:, start // 8 : start // 8 + len(eighths)] = eighths.T
    return packed


def unpack(packed: UInt64Array, n_sites: int) -> UInt8Array:
    """Unpack alleles: the inverse of `pack`.

    Parameters
    ----------
    packed : uint64 array of shape (rows, words)
        Site ``j`` is bit ``j % 64`` of word ``j // 64``. Padding is not needed.
    n_sites : int
        Sites to unpack, 0 … 64·words.

    Returns
    -------
    uint8 array of shape (rows, n_sites)
        0 (reference) or 1 (alternative).

    Raises
    ------
    InputError
        If the rows are no packed ones, or have not so many sites.

    Examples
    --------
    >>> unpack(pack([[1, 0, 1]]), 3)
    array([[1, 0, 1]], dtype=uint8)
    """
    require_unmasked(packed, "packed haplotypes")
    if not isinstance(packed, np.ndarray) or packed.ndim != 2 or packed.dtype != np.uint64:
        raise InputError(
            f"packed haplotypes must be uint64 of shape (rows, words); got {described(packed)}. "
            "Make them by artgen_fast.haplotypes.pack(alleles)."
        )
    number, most = whole_number(n_sites), BITS_PER_WORD * packed.shape[1]
    if number is None or not 0 <= number <= most:
        raise InputError(
            f"n_sites must be a whole number from 0 to the {most} that rows of {packed.shape[1]} words hold; "
            f"got {n_sites!r}."
        )
    rows = np.ascontiguousarray(packed, dtype="<u8").view(np.uint8)
    return np.unpackbits(rows, axis=1, count=number, bitorder="little")


def has_padding_bits(packed: UInt64Array, n_sites: int) -> bool:
    """Whether a bit beyond the last site is set in any row; reads only the words that hold padding."""
    last, used = divmod(n_sites, BITS_PER_WORD)
    if used and np.any(packed[:, last] >> np.uint64(used)):
        return True
    return bool(np.any(packed[:, last + (used > 0) :]))


def cut_sites(packed: UInt64Array, first: int, n_sites: int) -> UInt64Array:
    """Packed rows of the ``n_sites`` sites from ``first`` on, without unpacking any."""
    into = np.zeros((len(packed), words_for(n_sites)), dtype=np.uint64)
    word, shift = divmod(first, BITS_PER_WORD)
    words = -(-n_sites // BITS_PER_WORD)
    np.right_shift(packed[:, word : word + words], np.uint64(shift), out=into[:, :words])
    step = max(1, UNPACK_BLOCK_BYTES // max(1, 8 * words))
    for start in range(0, len(packed) if shift else 0, step):
        rows = slice(start, start + step)
        above = packed[rows, word + 1 : word + 1 + words] << (BITS_PER_WORD - shift)
        into[rows, : above.shape[1]] |= above
    if n_sites % BITS_PER_WORD:
        into[:, words - 1] &= (1 << n_sites % BITS_PER_WORD) - 1
    return into


def take_sites(packed: UInt64Array, sites: npt.NDArray[np.int64]) -> UInt64Array:
    """Packed rows of the given sites, in the order given."""
    into = np.zeros((len(packed), words_for(len(sites))), dtype=np.uint64)
    of_byte, of_bit = sites // 8, (sites % 8).astype(np.uint8)
    step = max(1, UNPACK_BLOCK_BYTES // max(1, len(sites)))
    for start in range(0, len(packed), step):
        rows = slice(start, start + step)
        octets = np.ascontiguousarray(packed[rows], dtype="<u8").view(np.uint8)
        into[rows] = pack((np.take(octets, of_byte, axis=1) >> of_bit) & 1)
    return into


def count_alleles(packed: UInt64Array, n_sites: int) -> npt.NDArray[np.int64]:
    """Number of rows that carry ALT at each site, int64 of shape (n_sites,)."""
    counts = np.zeros(n_sites, dtype=np.int64)
    for start in range(0, len(packed), _ROWS_PER_SUM):
        alleles = unpack(packed[start : start + _ROWS_PER_SUM], n_sites)
        counts += np.add.reduce(alleles, axis=0, dtype=np.uint8)
    return counts
