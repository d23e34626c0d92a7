"""Intervals of the distances between distributions of pairwise distances hold what they should.

Pairs of samples of 120 haplotypes, mosaics of 40 founders; in the structured population half of the rows copy from 12
of them alone. The truth is computed from 8,000 rows of each population. Checks of shares fail by chance with a
probability of less than 1 in 1000 (ALPHA); the seeds are fixed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import hamming
from artgen_fast.metrics.agreement.wasserstein import wasserstein
from artgen_fast.metrics.pairwise import pairwise
from artgen_fast.metrics.uncertainty.intervals import JACKKNIFE_GROUPS

ALPHA = 1e-3
PAIRS = 80
ROWS = 120
SITES = 300
STATISTICS = ("wasserstein_synthetic", "wasserstein_between")

FOUNDERS = np.random.default_rng(7).random((40, SITES)) < np.random.default_rng(8).beta(0.4, 1.2, SITES)


def mosaics(rows: int, structured: bool, rng: np.random.Generator) -> Haplotypes:
    switches = rng.random((rows, SITES)) < 0.03
    switches[:, 0] = True
    segment = np.cumsum(switches, axis=1) - 1
    source = rng.integers(40, size=(rows, segment.max() + 1))
    if structured:
        few = rng.random(rows) < 0.5
        source[few] %= 12
    return Haplotypes.from_alleles(FOUNDERS[np.take_along_axis(source, segment, axis=1), np.arange(SITES)])


def compared(real_structured: bool, synthetic_structured: bool) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Values, lows and highs of the statistics over all pairs of samples."""
    results = []
    for seed in range(PAIRS):
        rng = np.random.default_rng([seed, 1])
        real, synthetic = mosaics(ROWS, real_structured, rng), mosaics(ROWS, synthetic_structured, rng)
        results.append(pairwise(real, synthetic, seed=seed))
    return {
        name: tuple(
            np.array(column)
            for column in zip(
                *(
                    (getattr(each, name), getattr(each, f"{name}_interval").low, getattr(each, f"{name}_interval").high)
                    for each in results
                ),
                strict=True,
            )
        )
        for name in STATISTICS
    }


@pytest.fixture(scope="module")
def of_one_population():
    return compared(True, True)


@pytest.fixture(scope="module")
def of_two_populations():
    return compared(True, False)


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(0)
    structured, others, mixed = (mosaics(8000, kind, rng) for kind in (True, True, False))
    within = hamming.histogram(structured, others)
    return {
        "wasserstein_synthetic": wasserstein(hamming.histogram(mixed), within),
        "wasserstein_between": wasserstein(hamming.histogram(structured, mixed), within),
    }


def assert_covers(low, high, value, least):
    """At least the share ``least`` of the intervals hold the value, as far as their number can tell."""
    held = int(np.sum((low <= value) & (value <= high)))
    assert stats.binomtest(held, PAIRS, least, alternative="less").pvalue > ALPHA


@pytest.mark.parametrize("name", STATISTICS)
def test_intervals_of_one_population_hold_the_bias_and_mostly_nothing(of_one_population, name):
    values, low, high = of_one_population[name]
    # The distance between two samples is above 0, and that is how far unseen people are, too.
    assert np.all(values > 0)
    assert_covers(low, high, values.mean(), 0.95)
    assert_covers(low, high, 0, 0.9)


@pytest.mark.parametrize("name", STATISTICS)
def test_intervals_of_two_populations_hold_the_truth_and_are_as_wide_as_needed(of_two_populations, truth, name):
    values, low, high = of_two_populations[name]
    assert_covers(low, high, truth[name], 0.85)
    # The squared standard error is the variance over the samples, as far as 80 of them can tell; highs are not cut off.
    errors = (high - values) / stats.t.ppf(0.975, JACKKNIFE_GROUPS - 1)
    assert 1 / 2 < np.mean(errors**2) / values.var(ddof=1) < 2
