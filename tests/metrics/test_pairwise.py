from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist, pdist

from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.pairwise import independent_sites_distances, pairwise, pairwise_distances_of
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval


@pytest.mark.parametrize(
    "frequencies",
    [[0.5], [0.0, 1.0], [0.3] * 7, np.random.default_rng(0).beta(0.3, 2, 900), np.full(3000, 0.5), np.full(500, 1e-4)],
    ids=["one site", "fixed", "binomial", "spectrum", "many sites", "rare"],
)
def test_distances_of_independent_sites_are_a_convolution(frequencies):
    expected = np.ones(1)
    for f in frequencies:
        differ = 2 * f * (1 - f)
        expected = np.convolve(expected, [1 - differ, differ])
    np.testing.assert_allclose(independent_sites_distances(np.array(frequencies)), expected, atol=1e-12)


def test_distributions_and_score(founders_panel, without_persons):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    result = pairwise(half, without_persons(other), backend="reference")
    within_real = pdist(half.alleles(), "hamming") * 300
    within_synthetic = pdist(other.alleles(), "hamming") * 300
    assert result.within_real.mean == pytest.approx(within_real.mean())
    assert result.within_synthetic.sd == pytest.approx(within_synthetic.std())
    assert result.wasserstein_synthetic == pytest.approx(stats.wasserstein_distance(within_real, within_synthetic))
    independent = np.ones(1)
    for f in half.alleles().mean(axis=0):
        independent = np.convolve(independent, [1 - 2 * f * (1 - f), 2 * f * (1 - f)])
    assert result.wasserstein_independent == pytest.approx(
        stats.wasserstein_distance(within_real, np.arange(301), v_weights=independent)
    )
    assert result.score == pytest.approx(1 - result.wasserstein_synthetic / result.wasserstein_independent)
    assert result.edges[0] < within_real.min()
    assert result.edges[-1] > within_real.max()
    centres = (result.edges[:-1] + result.edges[1:]) / 2
    assert centres @ result.within_real.counts / result.within_real.pairs == pytest.approx(
        result.within_real.mean, abs=np.diff(result.edges)[0]
    )


@pytest.mark.parametrize("n_sites", [7, 99, 100, 150, 1000])
def test_bins_hold_equal_numbers_of_distances(n_sites):
    # Rows with 0, 1, 2 … alleles ALT: every distance 0 … n_sites is seen between the sets.
    staircase = Haplotypes.from_alleles(np.tri(n_sites + 1, n_sites, -1, dtype=int))
    result = pairwise(staircase, staircase, backend="reference")
    edges = result.edges
    held = np.histogram(np.arange(n_sites + 1), edges)[0]
    assert len(held) <= 100
    assert np.unique(np.diff(edges)).tolist() == [-(-(n_sites + 1) // 100)]
    assert set(held[:-1]) == {held[0]}
    assert held.sum() == n_sites + 1
    assert result.between.counts.sum() == result.between.pairs


def test_independent_sites_score_near_nothing(founders_panel):
    half, _ = founders_panel.split_by_person([0.5, 0.5], seed=0)
    independent = np.random.default_rng(0).random((240, 300)) < half.alleles().mean(axis=0)
    assert pairwise(half, Haplotypes.from_alleles(independent), backend="reference").score < 0.25


def test_identical_rows():
    real = Haplotypes.from_alleles([[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]])
    synthetic = Haplotypes.from_alleles([[0, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 1], [1, 0, 0, 1]])
    result = pairwise(real, synthetic, backend="reference")
    assert result.real_with_twin.value == 0.5
    assert result.synthetic_with_twin.value == 0.75
    assert result.synthetic_identical_to_real.value == 0.25
    assert result.real_identical_to_synthetic.value == 0.5
    assert math.isnan(result.real_with_twin.interval.low), "four rows are too few for an interval"


def test_there_is_no_score_where_nothing_varies():
    same = Haplotypes.from_alleles(np.zeros((4, 3), int))
    assert math.isnan(pairwise(same, same, backend="reference").score)


def test_intervals_are_those_of_rows_left_out():
    # Two populations far apart: two humps of distances, which independent sites have not.
    rng = np.random.default_rng(0)
    near = rng.uniform(0.2, 0.8, 300)
    far = np.clip(near + rng.choice([-0.5, 0.5], 300), 0.05, 0.95)
    of_real, of_synthetic = (np.where(np.arange(100)[:, None] % parts == 0, near, far) for parts in (2, 3))
    half = Haplotypes.from_alleles(rng.random((100, 300)) < of_real, samples=Samples.from_persons(np.arange(50)))
    other = Haplotypes.from_alleles(rng.random((100, 300)) < of_synthetic)
    searches = NeighbourSearches({"real": half, "synthetic": other}, seed=3, histograms=True, backend="reference")
    result = pairwise_distances_of(searches, "real", "synthetic", seed=3)

    def statistics(real, synthetic):
        t, s, between = (pdist(real, "hamming"), pdist(synthetic, "hamming"), cdist(real, synthetic, "hamming"))
        independent = np.ones(1)
        for f in real.mean(axis=0):
            independent = np.convolve(independent, [1 - 2 * f * (1 - f), 2 * f * (1 - f)])
        w_synthetic = 300 * stats.wasserstein_distance(s, t)
        w_independent = stats.wasserstein_distance(300 * t, np.arange(301), v_weights=independent)
        w_between = 300 * stats.wasserstein_distance(between.ravel(), t)
        return w_synthetic, w_between, 1 - w_synthetic / w_independent

    real, synthetic = searches.panel("real").alleles(), searches.panel("synthetic").alleles()
    real_groups, synthetic_groups = searches.groups("real"), searches.groups("synthetic")
    value = statistics(real, synthetic)
    without_real = np.array([statistics(real[real_groups != group], synthetic) for group in range(20)])
    without_synthetic = np.array([statistics(real, synthetic[synthetic_groups != group]) for group in range(20)])
    for at, (interval, most) in enumerate(
        [
            (result.wasserstein_synthetic_interval, np.inf),
            (result.wasserstein_between_interval, np.inf),
            (result.score_interval, 1),
        ]
    ):
        expected = jackknife_interval(value[at], without_real[:, at], without_synthetic[:, at])
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
        assert 0 < interval.low < interval.high < most


def test_there_is_no_interval_for_two_rows():
    # Without one of two rows there is no pair left.
    few = Haplotypes.from_alleles([[0, 1, 1, 0], [1, 1, 0, 0]])
    result = pairwise(few, Haplotypes.from_alleles([[0, 1, 1, 1], [1, 0, 0, 0]]), backend="reference")
    for interval in (result.wasserstein_synthetic_interval, result.wasserstein_between_interval, result.score_interval):
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)
    one_person = Haplotypes.from_alleles([[0, 1, 1, 0], [1, 1, 0, 0]], samples=Samples.from_persons(["A"]))
    assert math.isnan(pairwise(one_person, few, backend="reference").score_interval.low)
