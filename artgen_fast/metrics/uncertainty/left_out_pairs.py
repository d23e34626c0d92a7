"""Pairs of rows at each Hamming distance, without each group of persons: what the jackknife of distances needs.

Leaving a group out takes away the pairs that touch it. The rows are sorted by group and counted block by block, so that
all groups together cost one pass over the pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import hamming


def within_without_groups(haplotypes: Haplotypes, groups: Int64Array, **options: Any) -> Int64Array:
    """Pairs of different rows at each distance, without each group.

    Parameters
    ----------
    haplotypes : Haplotypes
    groups : int64 array of shape (rows,)
        Group of each row, 0 … groups - 1.
    **options
        ``backend`` and ``threads``, as for `artgen_fast.kernels.hamming.histogram`.

    Returns
    -------
    int64 array of shape (groups, sites + 1)
        All zero for a group without which fewer than two rows are left.
    """
    parts = _parts(haplotypes, groups)
    total = np.zeros(haplotypes.n_sites + 1, dtype=np.int64)
    touching = np.zeros((len(parts), len(total)), dtype=np.int64)
    for group, part in enumerate(parts):
        own = hamming.histogram(part, **options)[: len(total)]
        touching[group] += own
        total += own
        for earlier in range(group):
            between = hamming.histogram(parts[earlier], part, **options)[: len(total)]
            touching[group] += between
            touching[earlier] += between
            total += between
    return np.subtract(total, touching, out=touching)


def between_without_groups(
    first: Haplotypes, second: Haplotypes, first_groups: Int64Array, second_groups: Int64Array, **options: Any
) -> tuple[Int64Array, Int64Array]:
    """Pairs of a row of the first panel and one of the second at each distance, without each group of either.

    Parameters
    ----------
    first, second : Haplotypes
    first_groups, second_groups : int64 arrays of shape (rows,)
        Group of each row, 0 … groups - 1.
    **options
        As for `within_without_groups`.

    Returns
    -------
    without_first : int64 array of shape (groups of the first panel, sites + 1)
    without_second : int64 array of shape (groups of the second panel, sites + 1)
    """
    first_parts, second_parts = _parts(first, first_groups), _parts(second, second_groups)
    of_first = np.zeros((len(first_parts), first.n_sites + 1), dtype=np.int64)
    of_second = np.zeros((len(second_parts), first.n_sites + 1), dtype=np.int64)
    for i, first_part in enumerate(first_parts):
        for j, second_part in enumerate(second_parts):
            counts = hamming.histogram(first_part, second_part, **options)[: first.n_sites + 1]
            of_first[i] += counts
            of_second[j] += counts
    total = of_first.sum(axis=0)
    return np.subtract(total, of_first, out=of_first), np.subtract(total, of_second, out=of_second)


def _parts(haplotypes: Haplotypes, groups: Int64Array) -> list[npt.NDArray[np.uint64]]:
    """Packed rows of each group, from one copy of the panel."""
    by_group = haplotypes.packed[np.argsort(groups, kind="stable")]
    return np.split(by_group, np.cumsum(np.bincount(groups))[:-1])
