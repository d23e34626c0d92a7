from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.allele_frequencies import CLASSES, allele_frequencies
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups


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


@pytest.mark.parametrize(("n", "bins"), [(101, 10), (401, 20), (1009, 50), (3001, 50)])
def test_rare_sites_are_counted_in_finer_bins_none_of_which_tells_a_count(n: int, bins: int):
    frequencies = np.random.default_rng(3).beta(0.4, 3, 2000)
    real, synthetic = draw(frequencies, n, 1), draw(frequencies, 307, 2)  # no count is on a border
    result = allele_frequencies(real, synthetic)
    assert result.rare_density.shape == (bins, bins)
    x, y = real.alleles().mean(axis=0), synthetic.alleles().mean(axis=0)
    rare = (x <= 0.2) & (y <= 0.2)
    place = [np.minimum((each[rare] / 0.2 * bins).astype(int), bins - 1) for each in (x, y)]
    expected = np.zeros((bins, bins), dtype=int)
    np.add.at(expected, tuple(place), 1)
    np.testing.assert_array_equal(result.rare_density, expected)
    assert 0 < expected.sum() < 2000
    assert 0.2 * n / bins >= 4 or bins == 10


def test_counts_on_the_borders_of_bins_begin_the_next_one():
    # 0, 1, …, 100 of 100 carriers: two counts a bin, but for the last, which holds its upper border as well.
    alleles = np.arange(100)[:, None] < np.arange(101)
    result = allele_frequencies(Haplotypes.from_alleles(alleles), Haplotypes.from_alleles(np.tile(alleles, (2, 1))))
    np.testing.assert_array_equal(result.density, np.diag([2] * 49 + [3]))
    # Up to 20 carriers, in ten bins.
    np.testing.assert_array_equal(result.rare_density, np.diag([2] * 9 + [3]))
    lost = allele_frequencies(Haplotypes.from_alleles(alleles), Haplotypes.from_alleles(np.zeros((9, 101), int)))
    # Rarer alleles of 1 to 50 carriers, from both ends; 100 carriers vary nowhere.
    np.testing.assert_array_equal(lost.fixed_in_synthetic_by_frequency, [0, *[2] * 48, 3])


def test_fixed_sites_both_ways():
    real = np.array([[0, 0, 1, 0, 1], [0, 1, 1, 1, 0], [0, 0, 1, 1, 0], [0, 0, 1, 0, 0]])
    synthetic = np.array([[0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 1, 1, 0]])
    result = allele_frequencies(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic))
    assert (result.fixed_in_synthetic, result.fixed_in_real, result.fixed_in_both) == (2, 1, 1)
    lost = result.fixed_in_synthetic_by_frequency
    # Real minor allele frequencies ¼ and ½, in bins of 0.01.
    assert np.flatnonzero(lost).tolist() == [25, 49]


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


def classes_of(counts, n):
    """Class of each site by the definitions, one site at a time; None where it does not vary."""
    names = []
    for count in counts:
        rarer = min(count, n - count)
        frequency = rarer / n
        names.append(
            None if rarer == 0
            else "singletons" if rarer == 1
            else "doubletons" if rarer == 2
            else "other < 0.5 %" if frequency < 0.005
            else "0.5–1 %" if frequency < 0.01
            else "1–5 %" if frequency < 0.05
            else "5–20 %" if frequency < 0.2
            else "20–50 %"
        )  # fmt: skip
    return np.array(names, dtype=object)


@pytest.fixture(scope="module")
def spectrum():
    """Real and synthetic rows of sites of all frequencies, REF the rarer allele at a third of them."""
    rng = np.random.default_rng(5)
    frequencies = np.exp(rng.uniform(np.log(0.0005), np.log(0.5), 900))
    frequencies[::3] = 1 - frequencies[::3]
    # Exactly at the classes' edges, and singletons and doubletons, in 1,000 rows.
    real = (rng.random((1000, 900)) < frequencies).astype(np.uint8)
    for site, count in enumerate((5, 10, 50, 200, 500, 1, 2, 999, 998, 995)):
        real[:, site] = rng.permutation(1000) < count
    persons = Samples.from_persons([f"P{i}" for i in range(500)])
    return Haplotypes.from_alleles(real, samples=persons), draw(frequencies, 400, 6)


def test_classes_hold_the_sites_of_their_frequency(spectrum):
    real, synthetic = spectrum
    result = allele_frequencies(real, synthetic)
    counts = real.alleles().sum(axis=0)
    names = classes_of(counts, 1000)
    x, y = real.alleles().mean(axis=0), synthetic.alleles().mean(axis=0)
    x, y = (np.where(counts > 500, 1 - each, each) for each in (x, y))
    assert [each.name for each in result.classes] == list(CLASSES)
    assert sum(each.n_sites for each in result.classes) == np.count_nonzero((counts > 0) & (counts < 1000))
    for each in result.classes:
        sites = names == each.name
        assert each.n_sites == np.count_nonzero(sites) > 20
        assert each.fixed_in_synthetic == pytest.approx(np.mean((y[sites] == 0) | (y[sites] == 1)))
        assert each.real_mean == pytest.approx(x[sites].mean())
        assert each.synthetic_mean == pytest.approx(y[sites].mean())
        if each.name in ("singletons", "doubletons"):
            assert math.isnan(each.r)
            assert math.isnan(each.r_interval.low)
        else:
            assert each.r == pytest.approx(stats.pearsonr(x[sites], y[sites]).statistic)


def test_the_jackknife_of_classes_leaves_persons_out_and_keeps_the_classes(spectrum):
    real, synthetic = spectrum
    result = allele_frequencies(real, synthetic, seed=3)
    counts = real.alleles().sum(axis=0)
    names = classes_of(counts, 1000)
    groups = [person_groups(panel.samples.units(), 3) for panel in spectrum]

    def frequencies(panel, rows):
        f = panel.alleles()[rows].mean(axis=0)
        return np.where(counts > 500, 1 - f, f)

    everybody = frequencies(real, slice(None)), frequencies(synthetic, slice(None))
    without = [[frequencies(p, g != group) for group in range(20)] for p, g in zip(spectrum, groups, strict=True)]
    for each in result.classes:
        sites = names == each.name
        for found, limits, statistic in (
            (each.fixed_in_synthetic_interval, (0, 1), lambda x, y: np.mean((y < 1e-9) | (y > 1 - 1e-9))),
            (each.real_mean_interval, (0, 1), lambda x, y: x.mean()),
            (each.synthetic_mean_interval, (0, 1), lambda x, y: y.mean()),
            (each.r_interval, (-1, 1), lambda x, y: np.corrcoef(x, y)[0, 1]),
        ):
            if math.isnan(found.low):
                continue
            x, y = (f[sites] for f in everybody)
            expected = jackknife_interval(
                statistic(x, y),
                [statistic(f[sites], y) for f in without[0]],
                [statistic(x, f[sites]) for f in without[1]],
            ).within(*limits)
            assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert sum(math.isnan(each.r_interval.low) for each in result.classes) == 2


def test_a_class_without_sites_has_no_numbers():
    real, synthetic = draw(np.full(40, 0.3), 80, 0, persons=True), draw(np.full(40, 0.3), 80, 1)
    singletons = allele_frequencies(real, synthetic).classes[0]
    assert singletons.n_sites == 0
    assert all(math.isnan(value) for value in (singletons.fixed_in_synthetic, singletons.real_mean, singletons.r))
    assert math.isnan(singletons.fixed_in_synthetic_interval.high)


def test_sites_of_one_frequency_have_no_correlation():
    # The mean of equal frequencies is rounded: differences from it are not zero, and their correlation is noise.
    real = np.zeros((3000, 7), dtype=np.uint8)
    real[0] = 1
    synthetic = np.zeros((3000, 7), dtype=np.uint8)
    for site in range(7):
        synthetic[:site, site] = 1
    result = allele_frequencies(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic))
    assert math.isnan(result.all_sites.r)
    assert math.isnan(result.all_sites.slope)
