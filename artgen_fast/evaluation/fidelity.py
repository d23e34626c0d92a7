"""Whether a statistic of a synthetic set departs from that of unseen real people in its place."""

from __future__ import annotations

import math
from dataclasses import dataclass

from artgen_fast.metrics.uncertainty.intervals import Interval

WIDENING = 2.0
"""How many times its length an interval has when two are compared. More than a dozen statistics are judged at once, and
some of their intervals are known to be too narrow; of a jackknife over 20 groups, whose 95 % interval is that of
Student's t with 19 degrees of freedom, twice the interval is one of 99.95 %. Two of one length so widened share no
point where the values differ by 5.9 standard errors of their difference: what fails departs grossly."""


@dataclass(frozen=True, slots=True)
class Check:
    """One statistic of a synthetic set beside what it should be.

    Attributes
    ----------
    name : str
        The subject, in words: "linkage disequilibrium".
    statistic : str
        What was measured, in words.
    ideal : float
        The value of a set that agrees with the training rows in everything.
    value : float
    interval : Interval
    expected : float
        The value of unseen people in the set's place; without a hold-out the ideal.
    expected_interval : Interval
    source : str
        Name of the statistic that the number is of; may be empty.
    fails : bool
        Whether the set is farther from the ideal than unseen people are, and the intervals, each twice as long, share
        no point. A value that is not defined, where that of unseen people is, fails.
    """

    name: str
    statistic: str
    ideal: float
    value: float
    interval: Interval
    expected: float
    expected_interval: Interval
    source: str
    fails: bool


def check(
    name: str,
    statistic: str,
    ideal: float,
    found: tuple[float, Interval],
    expected: tuple[float, Interval] | None = None,
    *,
    source: str = "",
) -> Check | None:
    """Compare a statistic with that of unseen people.

    Parameters
    ----------
    name, statistic : str
    ideal : float
    found : tuple of float and Interval
        The statistic of the set.
    expected : tuple of float and Interval, optional
        The same of unseen people; default: the ideal itself.
    source : str

    Returns
    -------
    Check or None
        None where it cannot be told: what is expected is not defined, or there is no interval.
    """
    value, interval = found
    least, accepted = expected or (ideal, Interval(ideal, ideal, interval.level))
    if math.isnan(least) or math.isnan(accepted.low):
        return None
    if math.isnan(value):
        fails = True
    elif math.isnan(interval.low):
        return None
    else:
        worse = abs(value - ideal) > abs(least - ideal)
        fails = worse and not _widened(value, interval).overlaps(_widened(least, accepted))
    return Check(name, statistic, ideal, value, interval, least, accepted, source, fails)


def _widened(value: float, interval: Interval) -> Interval:
    low, high = (value + WIDENING * (end - value) for end in (interval.low, interval.high))
    return Interval(low, high, interval.level)
