"""Rows of one panel that are rows of another, in time and memory that grow with the rows and not with their pairs."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import BoolArray, Int64Array, UInt64Array

_ROWS_PER_BLOCK = 4096


def identical_rows(first: UInt64Array, second: UInt64Array) -> BoolArray:
    """Which rows of the first panel are rows of the second.

    Parameters
    ----------
    first, second : uint64 arrays of shape (rows, words)
        Packed haplotypes of the same sites.

    Returns
    -------
    bool array of shape (rows of the first,)

    Notes
    -----
    Rows are found by a 64-bit sum of their words and then compared. Two different rows of ``second`` of one sum, of
    which only the first would be compared, are not to be expected in fewer than 10⁹ rows.
    """
    sums = _sums(second)
    order = np.argsort(sums, kind="stable")
    ordered = sums[order]
    place = np.minimum(np.searchsorted(ordered, of_first := _sums(first)), len(ordered) - 1)
    found: BoolArray = ordered[place] == of_first
    for start in range(0, len(first), _ROWS_PER_BLOCK):
        rows = start + np.flatnonzero(found[start : start + _ROWS_PER_BLOCK])
        found[rows] = np.all(first[rows] == second[order[place[rows]]], axis=1)
    return found


def identical_classes(packed: UInt64Array) -> tuple[Int64Array, Int64Array]:
    """Classes of rows that are identical, numbered by first appearance.

    Parameters
    ----------
    packed : uint64 array of shape (rows, words)

    Returns
    -------
    class_of_row : int64 array of shape (rows,)
    first_rows : int64 array of shape (classes,)
        The first row of each class.

    Notes
    -----
    By the 64-bit sums of `identical_rows`; two different rows of one sum are not to be expected in fewer than 10⁹ rows.
    """
    _, first, of_row = np.unique(_sums(packed), return_index=True, return_inverse=True)
    by_appearance = np.argsort(first)
    number = np.empty_like(by_appearance)
    number[by_appearance] = np.arange(len(first))
    return number[of_row], first[by_appearance]


def _sums(packed: UInt64Array) -> UInt64Array:
    """Sum of the words of each row, each multiplied by a random odd number after mixing its halves."""
    rng = np.random.default_rng(0)
    factors = rng.integers(1 << 63, size=packed.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    sums = np.empty(len(packed), dtype=np.uint64)
    for start in range(0, len(packed), _ROWS_PER_BLOCK):
        block = packed[start : start + _ROWS_PER_BLOCK]
        # Without it, words that differ in their highest bit only would change the sum by that bit alone.
        mixed = (block ^ (block >> np.uint64(32))) * factors
        sums[start : start + _ROWS_PER_BLOCK] = (mixed ^ (mixed >> np.uint64(29))).sum(axis=1, dtype=np.uint64)
    return sums
