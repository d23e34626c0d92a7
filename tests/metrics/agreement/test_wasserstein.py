from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.metrics.agreement.wasserstein import wasserstein, wasserstein_of_samples


def test_distance_of_histograms_equals_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 50, 40), rng.integers(0, 9, 40)
    steps = np.arange(40)
    assert wasserstein(first, second) == pytest.approx(stats.wasserstein_distance(steps, steps, first, second))


@pytest.mark.parametrize("ties", [False, True])
def test_distance_of_samples_with_and_without_each_group_equals_scipy(ties):
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, 130), rng.normal(0.3, 2, 90)
    if ties:
        first, second = np.round(first), np.round(second)
    first_groups, second_groups = rng.permutation(np.arange(130) % 20), rng.permutation(np.arange(90) % 7)
    found = wasserstein_of_samples(first, second, first_groups, second_groups)
    assert found.value == pytest.approx(stats.wasserstein_distance(first, second))
    assert found.without_first == pytest.approx(
        [stats.wasserstein_distance(first[first_groups != group], second) for group in range(20)]
    )
    assert found.without_second == pytest.approx(
        [stats.wasserstein_distance(first, second[second_groups != group]) for group in range(7)]
    )


def test_a_single_group_is_not_left_out():
    found = wasserstein_of_samples(np.array([0.0, 1.0]), np.array([3.0]), np.array([0, 1]), np.array([0]))
    assert found.value == 2.5
    assert found.without_first.tolist() == [2.0, 3.0]
    assert found.without_second.tolist() == []
