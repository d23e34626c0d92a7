"""Labels permuted over fixed neighbours: what a pool's statistics are where the two sets are exchangeable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import BoolArray
from artgen_fast.metrics.neighbours.pool import Pool

PERMUTATIONS = 999

_LABELS_PER_BLOCK = 1 << 21


def permuted_unit(pool: Pool) -> str:
    """What is permuted: "persons" where all units have one size, else "haplotypes".

    Persons cannot be exchanged for single synthetic rows.
    """
    sizes = np.bincount(pool.units)
    sizes = sizes[sizes > 0]
    return "persons" if sizes[0] > 1 and bool(np.all(sizes == sizes[0])) else "haplotypes"


def permuted_labels(pool: Pool, rng: np.random.Generator, permutations: int = PERMUTATIONS) -> Iterator[BoolArray]:
    """Random relabellings of the pool that keep the number of real rows.

    Yields
    ------
    bool arrays of shape (block, 2n)
        True for rows labelled real; ``permutations`` of them in all.
    """
    if permuted_unit(pool) == "persons":
        _, first_row, unit_of_row = np.unique(pool.units, return_index=True, return_inverse=True)
        labels = pool.is_real[first_row]
    else:
        unit_of_row, labels = np.arange(len(pool.units)), pool.is_real
    block = max(1, _LABELS_PER_BLOCK // len(pool.units))
    for start in range(0, permutations, block):
        repeated = np.tile(labels, (min(block, permutations - start), 1))
        yield rng.permuted(repeated, axis=1)[:, unit_of_row]


def permuted_shares(
    labels: BoolArray, votes: npt.NDArray[np.float64], rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> npt.NDArray[np.float64]:
    """Share of the votes that go to labelled units, for labels dealt anew over the units.

    Parameters
    ----------
    labels : bool array of shape (units,)
    votes : float64 array of shape (units,)
    rng : numpy.random.Generator
    permutations : int

    Returns
    -------
    float64 array of shape (permutations,)
        NaN without votes.
    """
    sums = np.empty(permutations)
    block = max(1, _LABELS_PER_BLOCK // len(labels))
    for start in range(0, permutations, block):
        size = min(block, permutations - start)
        sums[start : start + size] = rng.permuted(np.tile(labels, (size, 1)), axis=1) @ votes
    with np.errstate(invalid="ignore"):
        return sums / np.float64(votes.sum())


def p_value(observed: float, permuted: npt.NDArray[np.float64]) -> float:
    """Share of values at least as large as the observed one, itself included: never 0."""
    # Sums of the same shares in another order differ by rounding; such values are equal.
    return float((1 + np.count_nonzero(permuted >= observed - 1e-12)) / (1 + len(permuted)))
