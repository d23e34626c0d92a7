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


@pytest.mark.parametrize("y", [[1.0, 1.0, 1.0], [1.0, np.nan, np.nan], [np.nan] * 3])
def test_it_is_not_defined_without_two_different_values(y):
    assert math.isnan(pearson(np.arange(3.0), np.array(y)))
    assert math.isnan(pearson(np.array(y), np.arange(3.0)))
