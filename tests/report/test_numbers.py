from __future__ import annotations

import math

import pytest

from artgen_fast.metrics.uncertainty.intervals import Interval
from artgen_fast.report.numbers import count, interval, listed, number, p_value, percent, percent_interval


@pytest.mark.parametrize(
    ("value", "text"), [(0.125, "0.12"), (-0.004, "0.00"), (-0.5, "−0.50"), (math.nan, "–"), (math.inf, "–")]
)
def test_number(value: float, text: str):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 %"),
        (0.0001, "< 0.1 %"),
        (0.0123, "1.2 %"),
        (0.5, "50 %"),
        (0.994, "99.4 %"),
        (1, "100 %"),
        (-0.99, "−99 %"),
    ],
)
def test_percent(value: float, text: str):
    assert percent(value) == text


def test_intervals_that_say_nothing_are_left_out():
    assert interval(Interval(-0.1, 0.25)) == "[−0.10,\u00a00.25]"
    assert interval(Interval(math.nan, math.nan)) == ""
    assert percent_interval(Interval(0.4, 0.6)) == "[40 %, 60 %]"
    assert percent_interval(Interval(0.0, 0.0)) == ""


def test_p_value_knows_the_smallest_that_permutations_give():
    assert p_value(0.001, 999) == "p ≤ 0.001"
    assert p_value(0.002, 999) == "p = 0.002"
    assert p_value(1e-9) == "p < 0.0001"
    assert p_value(math.nan, 999) == "–"


def test_words():
    assert count(1234567) == "1\u202f234\u202f567"
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
