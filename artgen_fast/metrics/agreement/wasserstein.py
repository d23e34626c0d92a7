"""1-Wasserstein distances between distributions of numbers, of everything and without each group of persons."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int64Array


class LeftOutDistances(NamedTuple):
    """A distance between two samples, and what it is without each group of rows."""

    value: float
    without_first: Float64Array
    """Without each group of the first sample, float64 of shape (groups,); empty if that would leave nothing."""
    without_second: Float64Array
    """The same of the second sample."""


def wasserstein(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """1-Wasserstein distance between two histograms of the numbers 0, 1, 2 and so on; NaN if either is empty."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if not a.any() or not b.any():
        return float("nan")
    return float(np.abs(np.cumsum(a / a.sum()) - np.cumsum(b / b.sum())).sum())


def wasserstein_of_samples(
    first: Float64Array, second: Float64Array, first_groups: Int64Array, second_groups: Int64Array
) -> LeftOutDistances:
    """1-Wasserstein distance between two samples, and without each group of either; sorts once.

    Parameters
    ----------
    first, second : float64 arrays of shape (n,) and (m,)
    first_groups, second_groups : int64 arrays of shape (n,) and (m,)
        Group of each value, 0 … groups - 1.

    Returns
    -------
    LeftOutDistances
    """
    values = np.concatenate([first, second])
    order = np.argsort(values, kind="stable")
    widths = np.diff(values[order])
    nobody = np.full(max(len(first), len(second)), -1)
    # How many values of each sample, and of each group of it, lie at or below each value but the last.
    of_first = np.concatenate([first_groups, nobody[: len(second)]])[order][:-1]
    of_second = np.concatenate([nobody[: len(first)], second_groups])[order][:-1]
    below_first, below_second = (np.cumsum(groups >= 0, dtype=np.int64) for groups in (of_first, of_second))

    def distance(cumulative: Float64Array, other: Float64Array) -> float:
        return float(np.abs(cumulative - other) @ widths)

    def without(below: Int64Array, groups: Int64Array, sizes: Int64Array, other: Float64Array) -> Float64Array:
        if len(sizes) < 2:
            return np.empty(0)
        n = int(sizes.sum())
        return np.array(
            [
                distance((below - np.cumsum(groups == group, dtype=np.int64)) / (n - size), other)
                for group, size in enumerate(sizes)
            ]
        )

    share_first, share_second = below_first / len(first), below_second / len(second)
    return LeftOutDistances(
        distance(share_first, share_second),
        without(below_first, of_first, np.bincount(first_groups), share_second),
        without(below_second, of_second, np.bincount(second_groups), share_first),
    )
