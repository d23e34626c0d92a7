from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from artgen_fast.metrics.agreement.correlation import pearson


def test_it_is_scipy_s_over_the_places_that_both_have():
    x, y = np.random.default_rng(0).normal(size=(2, 30))
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic)
    x[3], y[5], y[7] = np.nan, np.inf, np.nan
    kept = [place for place in range(30) if place not in (3, 5, 7)]
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x[kept], y[kept]).statistic)


@pytest.mark.parametrize("y", [[1.0, 1.0, 1.0], [1.0, 0.0, np.nan], [1.0, np.nan, np.nan], [np.nan] * 3])
def test_it_is_not_defined_without_different_values_at_three_places(y):
    assert math.isnan(pearson(np.arange(3.0), np.array(y)))
    assert math.isnan(pearson(np.array(y), np.arange(3.0)))


def test_the_mean_s_rounding_is_no_variation():
    y = np.random.default_rng(0).normal(size=7)
    constant = np.full(7, 0.1)
    assert np.any(constant != constant.mean()), "the case must be one that rounds"
    assert math.isnan(pearson(constant, y))
    assert math.isnan(pearson(y, constant))
    # Sums of the same numbers in another order.
    assert math.isnan(pearson(np.array([0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]), y))
    assert pearson(np.array([1.0, 1 + 1e-9, 1 + 2e-9]), np.arange(3.0)) == pytest.approx(1)


def test_it_is_never_beyond_1():
    rng = np.random.default_rng(0)
    for x in rng.normal(size=(300, 5)):
        assert 1 - 1e-15 <= pearson(x, 3 * x + 0.1) <= 1
        assert -1 <= pearson(x, -x) <= -1 + 1e-15
