from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.aa_ts import aa_ts
from artgen_fast.metrics.one_nn_accuracy import one_nn_accuracy


def panel(alleles):
    return Haplotypes.from_alleles(np.asarray(alleles))


def test_equals_scikit_learn_where_there_are_no_ties(brute_force):
    rng = np.random.default_rng(5)
    flips = np.linspace(0.05, 0.45, 60)[:, None]
    alleles = (rng.random((60, 4000)) < flips).astype(np.uint8)
    is_real = np.tile([True, False, False, True, True, False], 10)
    distances = brute_force.distances(alleles, alleles).astype(float)
    np.fill_diagonal(distances, np.inf)
    two_nearest = np.sort(distances, axis=1)[:, :2]
    assert np.all(two_nearest[:, 0] < two_nearest[:, 1]), "the case must have no ties"

    nearest = NearestNeighbors(n_neighbors=1, metric="hamming").fit(alleles).kneighbors(return_distance=False)[:, 0]
    right = is_real[nearest] == is_real
    result = one_nn_accuracy(panel(alleles[is_real]), panel(alleles[~is_real]), backend="reference")
    assert (result.real, result.generated) == (right[is_real].mean(), right[~is_real].mean())
    assert result.overall == pytest.approx(right.mean())
    assert 0 < result.real < 1


def test_is_the_half_tie_aa_ts(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=2)
    accuracy, aa = (f(half, other, backend="reference") for f in (one_nn_accuracy, aa_ts))
    assert aa.tie_rate > 0
    assert (accuracy.real, accuracy.generated) == (aa.truth_half_tie, aa.syn_half_tie)
    assert accuracy.real_interval == aa.truth_half_tie_interval


def test_expectation_of_exchangeable_sets():
    # Whichever row is a row's neighbour, n - 1 of the other 2n - 1 have its label.
    four, others = np.eye(8, 16, dtype=int)[:4], np.eye(8, 16, dtype=int)[4:]
    assert one_nn_accuracy(panel(four), panel(others), backend="reference").expected == pytest.approx(3 / 7)


def test_rows_that_all_are_equally_near_tell_nothing():
    rows = np.eye(200, dtype=int)
    result = one_nn_accuracy(panel(rows[:100]), panel(rows[100:]), backend="reference")
    assert (result.real, result.generated) == (0.5, 0.5)
    for band in (result.real_exchangeable, result.generated_exchangeable, result.overall_exchangeable):
        assert (band.low, band.high) == (0.5, 0.5)
    assert (result.p_value, result.p_value_worst_half) == (1, 1)


def test_the_worse_half_sees_what_the_mean_hides():
    # Real rows in close pairs; by every real row a synthetic one with noise of its own, which no other shares.
    rng = np.random.default_rng(0)
    real, synthetic = np.zeros((40, 1000), int), np.zeros((40, 1000), int)
    for row in range(40):
        pair = slice(10 * (row // 2), 10 * (row // 2) + 10)
        real[row, pair] = synthetic[row, pair] = 1
        real[row, 200 + row] = 1
        synthetic[row, rng.choice(np.arange(300, 1000), 6, replace=False)] = 1
    result = one_nn_accuracy(panel(real), panel(synthetic), backend="reference")
    assert (result.real, result.generated, result.overall) == (1, 0, 0.5)
    assert result.p_value > 0.2
    assert result.p_value_worst_half < 0.01
    assert (result.permuted, result.permutations) == ("haplotypes", 999)


def test_where_rows_are_identical_the_band_is_as_narrow_as_the_halves_are_sure():
    # Of a few kinds of rows nearly every row has twins in both sets, and so a half of ½ whoever is called real.
    rng = np.random.default_rng(3)
    kinds = rng.integers(0, 2, (12, 30))
    alike = one_nn_accuracy(panel(kinds[rng.integers(12, size=300)]), panel(kinds[rng.integers(12, size=300)]))
    assert (alike.real, alike.generated) == (0.5, 0.5)
    assert alike.real_exchangeable.high - alike.real_exchangeable.low < 0.02
    assert alike.p_value_worst_half == 1
    # A tenth of rows of their own is seen; lots between tied rows would hide it.
    own = kinds[rng.integers(12, size=300)]
    own[:30] = rng.integers(0, 2, (30, 30))
    other = one_nn_accuracy(panel(kinds[rng.integers(12, size=300)]), panel(own))
    assert other.generated == pytest.approx(0.5, abs=0.06)
    assert other.p_value_worst_half < 0.05


def test_persons_are_permuted_where_both_sets_have_them(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=2)
    result = one_nn_accuracy(half, other, backend="reference")
    assert result.permuted == "persons"
    assert result.p_value > 0.01
    assert result.real_exchangeable.contains(result.expected)
