from __future__ import annotations

import math

import pytest
from scipy import stats

from artgen_fast.evaluation.fidelity import WIDENING, check
from artgen_fast.metrics.uncertainty.intervals import JACKKNIFE_GROUPS, Interval

NAN = Interval(math.nan, math.nan)


def fails(ideal, found, expected=None):
    result = check("subject", "number", ideal, found, expected)
    return None if result is None else result.fails


def test_widened_intervals_are_of_the_level_that_is_told():
    freedom = JACKKNIFE_GROUPS - 1
    level = 1 - 2 * stats.t.sf(WIDENING * stats.t.ppf(0.975, freedom), freedom)
    assert level == pytest.approx(0.9995, abs=5e-5)


@pytest.mark.parametrize(
    ("value", "expected", "fails_it"),
    [
        (0.9, 1.0, True),
        (1.1, 1.0, True),  # farther from the ideal on the other side
        (0.97, 1.0, False),  # the intervals, twice as long, touch
        (0.99, 0.8, False),  # nearer to the ideal than unseen people
        (0.61, 0.8, True),
        (1.25, 0.8, True),
        (1.15, 0.8, False),
    ],
)
def test_a_value_fails_where_it_is_worse_than_that_of_unseen_people(value, expected, fails_it):
    found, unseen = (
        (value, Interval(value - 0.01, value + 0.01)),
        (expected, Interval(expected - 0.005, expected + 0.005)),
    )
    assert fails(1, found, unseen) is fails_it


def test_each_end_is_drawn_out_by_its_own_length():
    assert fails(1, (0.9, Interval(0.89, 0.96))) is False
    assert fails(1, (0.9, Interval(0.80, 0.94))) is True


def test_without_unseen_people_the_ideal_is_expected():
    result = check("subject", "number", 0, (0.2, Interval(0.15, 0.25)))
    assert (result.expected, result.expected_interval, result.fails) == (0, Interval(0, 0), True)
    assert fails(0, (0.2, Interval(0.05, 0.35))) is False


def test_what_cannot_be_told_is_no_check():
    unseen = (1.0, Interval(0.9, 1.1))
    assert check("subject", "number", 1, (0.5, NAN), unseen) is None
    assert check("subject", "number", 1, (0.5, Interval(0.4, 0.6)), (1.0, NAN)) is None
    assert check("subject", "number", 1, (math.nan, NAN), (math.nan, NAN)) is None


def test_a_number_that_unseen_people_have_and_the_set_has_not_fails():
    assert fails(1, (math.nan, NAN), (1.0, Interval(0.9, 1.1))) is True
