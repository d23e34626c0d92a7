from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.allele_frequencies import GroupedCounts, allele_frequencies


def draw(frequencies, n, seed, persons=False):
    alleles = np.random.default_rng(seed).random((n, len(frequencies))) < frequencies
    samples = Samples.from_persons([f"P{i}" for i in range(n // 2)]) if persons else None
    return Haplotypes.from_alleles(alleles, samples=samples)


def test_counts_do_not_wrap_at_255():
    panel = Haplotypes.from_alleles(np.ones((700, 70), dtype=np.uint8))
    assert set(panel.allele_counts().tolist()) == {700}
    alleles = np.random.default_rng(0).integers(0, 2, (611, 130))
    np.testing.assert_array_equal(Haplotypes.from_alleles(alleles).allele_counts(), alleles.sum(axis=0))


def test_agreement_is_scipy_s_regression():
    frequencies = np.random.default_rng(0).beta(0.5, 2, 500)
    real, synthetic = draw(frequencies, 200, 1, persons=True), draw(frequencies, 120, 2)
    result = allele_frequencies(real, synthetic)
    x, y = real.alleles().mean(axis=0), synthetic.alleles().mean(axis=0)
    for agreement, chosen in ((result.all_sites, x <= 1), (result.rare_sites, x <= 0.2)):
        line = stats.linregress(x[chosen], y[chosen])
        assert (agreement.r, agreement.slope, agreement.intercept) == pytest.approx(
            (line.rvalue, line.slope, line.intercept)
        )
        assert agreement.n_sites == np.count_nonzero(chosen)
        assert agreement.r_interval.low < agreement.r < agreement.r_interval.high
    assert result.density.sum() == 500
    assert result.rare_sites.n_sites < 500


def test_fixed_sites_both_ways():
    real = np.array([[0, 0, 1, 0, 1], [0, 1, 1, 1, 0], [0, 0, 1, 1, 0], [0, 0, 1, 0, 0]])
    synthetic = np.array([[0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 1, 1, 0]])
    result = allele_frequencies(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic))
    assert (result.fixed_in_synthetic, result.fixed_in_real, result.fixed_in_both) == (2, 1, 1)
    lost = result.fixed_in_synthetic_by_frequency
    # Real minor allele frequencies ¼ and ½, in bins of 0.01.
    assert np.flatnonzero(lost).tolist() == [25, 49]


def test_the_jackknife_leaves_out_persons():
    panel = draw(np.full(40, 0.3), 80, 0, persons=True)
    counts = GroupedCounts.of(panel, seed=0)
    assert counts.n_groups == 20
    assert set(counts.rows.tolist()) == {4}
    np.testing.assert_array_equal(counts.total, panel.alleles().sum(axis=0))
    np.testing.assert_allclose(counts.frequencies(without=3), (counts.total - counts.counts[3]) / 76)


def test_the_jackknife_covers_the_slope():
    # Synthetic frequencies are half the real ones: slope ½ but for the noise of real frequencies, small at 2,000 rows.
    frequencies = np.random.default_rng(0).uniform(0.1, 0.9, 400)
    covered = 0
    for seed in range(25):
        real, synthetic = draw(frequencies, 2000, 2 * seed), draw(frequencies / 2, 200, 2 * seed + 1)
        covered += allele_frequencies(real, synthetic).all_sites.slope_interval.contains(0.5)
    assert stats.binomtest(covered, 25, 0.95).pvalue > 1e-3


def test_r_is_undefined_where_a_set_does_not_vary():
    real = draw(np.linspace(0.1, 0.9, 30), 40, 0)
    result = allele_frequencies(real, Haplotypes.from_alleles(np.zeros((40, 30), int)))
    assert math.isnan(result.all_sites.r)
    assert result.all_sites.slope == 0
    assert math.isnan(result.all_sites.r_interval.low)
