from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.off_support import off_support


def test_rows_outside_the_real_cloud_are_counted(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    alleles = other.alleles()
    rng = np.random.default_rng(0)
    noise = rng.random((60, 300)) < 0.5
    alleles[:60] = noise
    result = off_support(half, Haplotypes.from_alleles(alleles), backend="reference")
    assert result.by_nearest_distance >= 60 / 240
    assert off_support(half, other, backend="reference").by_nearest_distance < 0.02


def test_rows_far_out_on_the_components_are_counted():
    # Real rows vary along one direction of 100 linked sites; a quarter of the synthetic rows go many times as far.
    rng = np.random.default_rng(0)
    real, synthetic = (rng.random((200, 200)) < 0.1 for _ in range(2))
    for rows in (real, synthetic):
        rows[:, :100] = rng.random((200, 100)) < np.where(rng.random(200) < 0.5, 0.3, 0.4)[:, None]
    synthetic[:50, :100] = True
    result = off_support(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic), backend="reference")
    assert 0.25 <= result.by_mahalanobis_distance < 0.27


def test_components_that_only_rounding_varies_along_have_no_say():
    # Two different rows, many times: the synthetic ones are between them, but for noise across the only component.
    rng = np.random.default_rng(0)
    real = rng.integers(0, 2, (2, 1000))[np.arange(100) % 2]
    synthetic = real.copy()
    same = np.flatnonzero(real[0] == real[1])
    synthetic[:, same[:20]] ^= rng.random((100, 20)) < 0.3
    result = off_support(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic), backend="reference")
    assert (result.by_nearest_distance, result.by_mahalanobis_distance) == (1, 0)
    # Without a component along which the real rows vary there is no share.
    alike = Haplotypes.from_alleles(real[::2])
    result = off_support(alike, Haplotypes.from_alleles(synthetic), backend="reference")
    assert np.isnan([result.by_mahalanobis_distance, result.by_mahalanobis_distance_interval.low]).all()
    assert result.by_nearest_distance == 1


def test_intervals_are_a_bootstrap_over_persons():
    # 60 of 200 rows are noise: both rows of 30 of 100 persons, or one row of 60 of them.
    rng = np.random.default_rng(0)
    founders = rng.random((10, 300)) < 0.5
    real, rows = (founders[rng.integers(10, size=200)] ^ (rng.random((200, 300)) < 0.02) for _ in range(2))
    rows[:60] = rng.random((60, 300)) < 0.5
    samples = Samples.from_persons([f"P{person}" for person in range(100)])
    orders = {"both": np.arange(200), "one": np.arange(200).reshape(2, 100).T.ravel()}
    widths = {}
    for name, order in orders.items():
        synthetic = Haplotypes.from_alleles(rows[order], samples=samples)
        result = off_support(Haplotypes.from_alleles(real), synthetic, backend="reference")
        assert 0.3 <= result.by_nearest_distance < 0.32
        interval = result.by_nearest_distance_interval
        assert interval.contains(result.by_nearest_distance)
        widths[name] = interval.high - interval.low
    # The share is the mean of 100 persons' 0 or 1, or of their 0 or ½; 1000 draws leave an error of some percent.
    deviations = {"both": np.sqrt(0.3 * 0.7), "one": np.sqrt(0.6 * 0.4) / 2}
    expected = {name: 2 * stats.norm.ppf(0.975) * deviation / 10 for name, deviation in deviations.items()}
    assert widths == pytest.approx(expected, rel=0.1)
