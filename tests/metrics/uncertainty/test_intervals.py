from __future__ import annotations

import math

import numpy as np
import pytest

from artgen_fast.metrics.uncertainty.intervals import (
    Interval,
    jackknife_interval,
    percentile_interval,
    percentile_intervals,
    person_groups,
    resampled_totals,
    share_interval,
    sum_by_unit,
)


def test_bootstrap_has_the_spread_of_the_mean():
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, 400)
    totals = resampled_totals(np.stack([values, np.ones(400)], axis=1), rng, draws=4000)
    assert np.all(totals[:, 1] == 400), "as many units are drawn as there are"
    means = totals[:, 0] / totals[:, 1]
    assert means.mean() == pytest.approx(values.mean(), abs=4 * 0.1 / np.sqrt(4000))
    assert means.std() == pytest.approx(values.std() / 20, rel=4 / np.sqrt(2 * 4000))


def test_units_of_few_kinds_are_resampled_as_others_are():
    rng = np.random.default_rng(2)
    values = rng.choice([0.0, 0.5, 2.0], 500, p=[0.7, 0.2, 0.1])
    both = np.stack([values, np.ones(500), 3 - values], axis=1)
    apart = both + 1e-9 * np.arange(500)[:, None]
    for totals in (resampled_totals(both, rng, draws=20_000), resampled_totals(apart, rng, draws=20_000)):
        assert totals[:, 1] == pytest.approx(500, abs=1e-3), "as many units are drawn as there are"
        np.testing.assert_allclose(totals[:, 0] + totals[:, 2], 1500, atol=1e-3)
        means = totals[:, 0] / 500
        deviation = values.std() / np.sqrt(500)
        assert means.mean() == pytest.approx(values.mean(), abs=4 * deviation / np.sqrt(20_000))
        assert means.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * 20_000))


def test_columns_are_resampled_together_in_any_shape():
    totals = np.arange(60.0).reshape(10, 2, 3)
    draws = resampled_totals(totals, np.random.default_rng(0), draws=250)
    assert draws.shape == (250, 2, 3)
    np.testing.assert_allclose(draws[:, 1, 2] - draws[:, 0, 0], 10 * 5)


def test_there_is_no_bootstrap_of_fewer_than_ten_units():
    rows, units = np.arange(20) % 3 == 0, np.arange(20) // 2
    rng = np.random.default_rng(0)
    assert share_interval(rows, units, 10, rng).low < 0.35 < share_interval(rows, units, 10, rng).high
    # The tenth has no row.
    nine = share_interval(rows[:18], units[:18], 10, rng)
    assert math.isnan(nine.low)
    assert math.isnan(nine.high)
    assert resampled_totals(np.ones((9, 2)), rng, draws=7).shape == (7, 2)


def test_jackknife_of_a_mean_is_the_t_interval():
    rng = np.random.default_rng(1)
    values = rng.normal(size=30)
    left_out = [np.delete(values, i).mean() for i in range(30)]
    interval = jackknife_interval(values.mean(), left_out)
    from scipy import stats

    expected = stats.t.interval(0.95, 29, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(30))
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_jackknife_adds_the_variances_of_independent_sets():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.0, 3.0, 5.0])
    both, first, second = (jackknife_interval(0, *sets) for sets in ((a, b), (a,), (b,)))
    assert both.high**2 == pytest.approx(first.high**2 + second.high**2)


def test_there_is_no_interval_with_one_group_or_where_a_group_decides():
    assert math.isnan(jackknife_interval(1.0, [1.0], [1.0, 2.0]).low)
    assert math.isnan(jackknife_interval(1.0, [1.0, np.nan, 2.0]).high)
    assert not jackknife_interval(1.0, [1.0]).overlaps(Interval(0, 2))


def test_groups_keep_persons_together_and_are_even():
    units = np.repeat(np.arange(103), 2)
    groups = person_groups(units, seed=0)
    np.testing.assert_array_equal(groups[::2], groups[1::2])
    sizes = np.bincount(groups[::2])
    assert len(sizes) == 20
    assert set(sizes.tolist()) == {5, 6}
    assert len(np.bincount(person_groups(np.arange(7), seed=0))) == 7
    assert not np.array_equal(groups, person_groups(units, seed=1))


def test_intervals_compare():
    assert Interval(0.4, 0.6).contains(0.6)
    assert not Interval(0.4, 0.6).contains(0.61)
    assert Interval(0.4, 0.6).overlaps(Interval(0.6, 0.8))
    assert not Interval(0.4, 0.6).overlaps(Interval(0.61, 0.8))
    draws = np.arange(101.0)
    single, (_, doubled) = percentile_interval(draws, 0.9), percentile_intervals(np.stack([draws, 2 * draws], 1), 0.9)
    assert (single.low, single.high, single.level) == pytest.approx((5, 95, 0.9))
    assert (doubled.low, doubled.high, doubled.level) == pytest.approx((10, 190, 0.9))


def test_sums_by_unit():
    assert sum_by_unit([1, 2, 4], np.array([2, 0, 2]), 4).tolist() == [2, 0, 5, 0]
