"""Intervals for statistics of haplotypes, whose sampling unit is the person.

Nearest-neighbour statistics resample their per-row indicators by person with the neighbours fixed, since resampling
rows would make copies at distance 0. Count statistics leave out one group of persons at a time (the delete-a-group
jackknife). Rows that belong to no person, as synthetic ones do, are units of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.whole_numbers import require_seed

LEVEL = 0.95
"""Coverage at which intervals aim."""

SHARE, CORRELATION, NOT_NEGATIVE = (0.0, 1.0), (-1.0, 1.0), (0.0, np.inf)
"""Where such statistics can be. A jackknife's interval is symmetric and may go beyond; it is cut off there."""

BOOTSTRAP_DRAWS = 1000
FEWEST_UNITS = 10
"""Where persons, or rows of nobody, are fewer, a bootstrap's interval is too short; that of one has no length. Measured
on 200 sites, 200 times, with training, unseen and artificial rows of one distribution: the privacy score's interval lay
above 0 in 28 % of the runs with one person, in 8 to 12 % with 2 to 6, and in 5 to 8 % with 8 to 30."""

JACKKNIFE_GROUPS = 20

_DRAWS_PER_BLOCK = 100
_UNITS_PER_KIND = 32
"""With at least so many alike, it is quicker to draw how often each kind of unit comes than to draw the units."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval; both ends are NaN where there are too few persons for one: fewer than 10 for a bootstrap.

    Attributes
    ----------
    low, high : float
        Its ends.
    level : float
        Its confidence level.
    """

    low: float
    high: float
    level: float = LEVEL

    def contains(self, value: float) -> bool:
        """Whether a value lies in the interval, ends included."""
        return self.low <= value <= self.high

    def overlaps(self, other: Interval) -> bool:
        """Whether two intervals share a point."""
        return self.low <= other.high and other.low <= self.high

    def within(self, least: float, most: float) -> Interval:
        """The part where the statistic can be: ends beyond these limits are moved to them."""
        return self.mapped(lambda end: float(np.clip(end, least, most)))

    def mapped(self, function: Callable[[float], float]) -> Interval:
        """The interval of a monotone function of the statistic."""
        low, high = function(self.low), function(self.high)
        return Interval(high, low, self.level) if high < low else Interval(low, high, self.level)


def percentile_interval(draws: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """Interval between the outer percentiles of resampled values."""
    low, high = np.quantile(np.asarray(draws, dtype=np.float64), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)


def percentile_intervals(draws: Float64Array, level: float = LEVEL) -> list[Interval]:
    """The same for each column of resampled values of shape (draws, columns)."""
    ends = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Interval(float(low), float(high), level) for low, high in ends.T]


def sum_by_unit(values: npt.ArrayLike, units: Int64Array, n_units: int) -> Float64Array:
    """Sum of the values of each unit's rows, float64 of shape (units,)."""
    return np.bincount(units, weights=np.asarray(values, dtype=np.float64), minlength=n_units).astype(np.float64)


def resampled_totals(totals: Float64Array, rng: np.random.Generator, draws: int = BOOTSTRAP_DRAWS) -> Float64Array:
    """Totals over units drawn with replacement.

    Parameters
    ----------
    totals : float64 array of shape (units, ...)
        What each unit contributes. Everything in one array is resampled together.
    rng : numpy.random.Generator
    draws : int
        Number of bootstrap samples, each of as many units as there are.

    Returns
    -------
    float64 array of shape (draws, ...)
        NaN where there are fewer than `FEWEST_UNITS`.
    """
    n_units = len(totals)
    if n_units < FEWEST_UNITS:
        return np.full((draws, *totals.shape[1:]), np.nan)
    flat = totals.reshape(n_units, -1)
    kinds, of_kind = np.unique(flat, axis=0, return_counts=True)
    few_kinds = _UNITS_PER_KIND * len(kinds) <= n_units
    sums = np.empty((draws, flat.shape[1]))
    for start in range(0, draws, _DRAWS_PER_BLOCK):
        size = min(_DRAWS_PER_BLOCK, draws - start)
        if few_kinds:
            times = rng.multinomial(n_units, of_kind / n_units, size=size)
        else:
            drawn = rng.integers(n_units, size=(size, n_units)) + n_units * np.arange(size)[:, None]
            times = np.bincount(drawn.ravel(), minlength=size * n_units).reshape(size, n_units)
        sums[start : start + size] = times.astype(np.float64) @ (kinds if few_kinds else flat)
    return sums.reshape(draws, *totals.shape[1:])


def share_interval(rows: npt.NDArray[np.bool_], units: Int64Array, n_units: int, rng: np.random.Generator) -> Interval:
    """Bootstrap interval of the share of rows that are true, the rows of a unit drawn together.

    Both ends are the share itself where it is 0 or 1: no draw of all-equal rows differs from another. NaN where there
    are fewer than `FEWEST_UNITS`.
    """
    totals = np.stack([sum_by_unit(rows, units, n_units), sum_by_unit(np.ones(len(rows)), units, n_units)], axis=1)
    draws = resampled_totals(totals[totals[:, 1] > 0], rng)
    return percentile_interval(draws[:, 0] / draws[:, 1])


def person_groups(units: Int64Array, seed: int, n_groups: int = JACKKNIFE_GROUPS) -> Int64Array:
    """Deal the persons of a panel to groups at random, as equally as possible.

    Parameters
    ----------
    units : int64 array of shape (rows,)
        Sampling unit of each row (`Samples.units`).
    seed : int
    n_groups : int
        Fewer are made where there are fewer persons.

    Returns
    -------
    int64 array of shape (rows,)
        Group of each row, 0 … groups - 1.
    """
    n_units = int(units.max()) + 1
    dealt = np.arange(n_units) % min(n_groups, n_units)
    group: Int64Array = np.random.default_rng([require_seed(seed), n_units]).permutation(dealt)[units]
    return group


def jackknife_interval(value: float, *left_out: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """Interval of a statistic by the delete-a-group jackknife (Kott 2001, J. Official Statistics 17:521).

    Parameters
    ----------
    value : float
        The statistic on everything, the middle of the interval.
    *left_out : float arrays of shape (groups,)
        The statistic without each group of persons, one array for each of the independent sets that it is computed
        from; their variances add up.
    level : float

    Returns
    -------
    Interval
        NaN at both ends where a set has fewer than two groups, or the statistic is not defined without some group.
    """
    from scipy.special import stdtrit

    sets = [np.asarray(values, dtype=np.float64) for values in left_out]
    n_groups = min(len(values) for values in sets)
    if n_groups < 2:
        return Interval(float("nan"), float("nan"), level)
    variance = sum((len(values) - 1) / len(values) * float(np.sum((values - values.mean()) ** 2)) for values in sets)
    margin = float(stdtrit(n_groups - 1, (1 + level) / 2) * np.sqrt(variance))
    return Interval(value - margin, value + margin, level)


def jackknife_intervals(values: Sequence[float], *left_out: Sequence[Sequence[float]]) -> list[Interval]:
    """The same for several statistics at once.

    Parameters
    ----------
    values : sequence of float
        The statistics on everything.
    *left_out : sequences of sequences of float
        All of them without each group of persons, one sequence for each of the independent sets.
    """
    tables = [np.array(table, dtype=np.float64).reshape(-1, len(values)) for table in left_out]
    return [jackknife_interval(value, *(table[:, place] for table in tables)) for place, value in enumerate(values)]
