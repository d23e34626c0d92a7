from __future__ import annotations

import math

import allel
import numpy as np
import pytest
from scipy import stats

from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.frequency_spectrum import (
    FrequencySpectrum,
    count_classes,
    fold,
    frequency_spectrum,
    hypergeometric,
    project,
    spectrum_of,
)
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval


def draw(n, sites, seed, *, rarity=0.2, persons=False):
    rng = np.random.default_rng(seed)
    frequencies = np.random.default_rng(0).beta(rarity, 1, sites)
    samples = Samples.from_persons([f"P{i}" for i in range(n // 2)]) if persons else None
    return Haplotypes.from_alleles(rng.random((n, sites)) < frequencies, samples=samples)


def by_class(full, spectrum):
    """Sums of a spectrum by single counts over the classes of another."""
    return [full[first : last + 1].sum() for first, last in zip(spectrum.first, spectrum.last, strict=True)]


def assert_equals_allel(result: FrequencySpectrum, panels):
    n = result.n
    totals = []
    for name, panel in panels.items():
        ac = allel.HaplotypeArray(panel.alleles().T).count_alleles(max_allele=1)
        unfolded, folded = allel.sfs(ac[:, 1], n), allel.sfs_folded(ac, n)
        assert getattr(result.by_alt, name).tolist() == by_class(unfolded, result.by_alt)
        assert getattr(result.by_minor, name).tolist() == by_class(folded, result.by_minor)
        assert getattr(result.singletons, name) == folded[1]
        assert getattr(result, f"{name}_varying") == folded[1:].sum()
        assert getattr(result.singletons, f"{name}_share") == folded[1] / folded[1:].sum()
        totals.append((unfolded[1:n], folded[1:]))
    for kind, spectra in zip((result.by_alt, result.by_minor), zip(*totals, strict=True), strict=True):
        shares = [np.array(by_class(np.r_[0, each], kind)) / each.sum() for each in spectra]
        assert kind.distance == pytest.approx(np.abs(shares[0] - shares[1]).sum() / 2)
        assert kind.distance_interval.contains(kind.distance)
    assert result.singletons.ratio == result.singletons.synthetic_share / result.singletons.real_share


@pytest.mark.parametrize("n", [40, 41])
def test_spectra_are_scikit_allel_s(n):
    panels = {"real": draw(n, 900, 1), "synthetic": draw(n, 900, 2, rarity=0.5)}
    result = frequency_spectrum(*panels.values())
    assert result.n == n
    assert_equals_allel(result, panels)
    assert from_plain(FrequencySpectrum, to_plain(result)).by_alt.real.tolist() == result.by_alt.real.tolist()


@pytest.mark.real_data
def test_real_panels_and_published_genomes(panels):
    real = panels("805_SNP_1000G_real")
    published = panels("805_SNP_RBM_AG_800Epochs")
    assert_equals_allel(frequency_spectrum(real[:5000], published), {"real": real[:5000], "synthetic": published})
    half, other = panels("kg1000_7loci_rephased")[:, 9_000:14_000].split_by_person([0.5, 0.5], seed=0)
    result = frequency_spectrum(half, other)
    assert_equals_allel(result, {"real": half, "synthetic": other})
    assert result.singletons.ratio_interval.contains(1)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 9, 16, 100, 101, 5008])
def test_classes_hold_each_count_once_and_mirror_each_other(n):
    for folded in (True, False):
        first, last = count_classes(n, folded=folded)
        counts = np.concatenate([np.arange(a, b + 1) for a, b in zip(first, last, strict=True)])
        assert counts.tolist() == list(range(1, (n // 2 if folded else n - 1) + 1))
        assert first[0] == last[0] == 1
        assert np.all(first <= last)
    if n % 2:
        assert (n - last)[::-1].tolist() == first.tolist()


def test_classes_double():
    first, last = count_classes(101, folded=True)
    assert first.tolist() == [1, 2, 3, 5, 9, 17, 33]
    assert last.tolist() == [1, 2, 4, 8, 16, 32, 50]
    first, last = count_classes(12, folded=False)
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == [
        (1, 1), (2, 2), (3, 4), (5, 6), (7, 7), (8, 9), (10, 10), (11, 11),
    ]  # fmt: skip


def test_folding_counts_the_rarer_allele():
    assert fold(np.array([1.0, 2, 4, 8, 16])).tolist() == [17, 10, 4]
    assert fold(np.array([1.0, 2, 4, 8])).tolist() == [9, 6]


@pytest.mark.parametrize("n", [1, 7, 15, 25, 29, 30])
def test_a_projection_is_the_expectation_over_samples(n):
    spectra = np.random.default_rng(0).integers(0, 9, (3, 31))
    spectra[:, 5] = 0
    chances = np.array(
        [[stats.hypergeom.pmf(drawn, 30, carriers, n) for drawn in range(n + 1)] for carriers in range(31)]
    )
    np.testing.assert_allclose(project(spectra, n), spectra @ chances, atol=1e-12)


def test_chances_are_exact_for_many_haplotypes():
    carriers = np.array([0, 1, 2, 700, 5008])
    for drawn in (0, 1, 250):
        expected = stats.hypergeom.pmf(drawn, 5008, carriers, 1500)
        np.testing.assert_allclose(hypergeometric(5008, carriers, 1500, drawn), expected, rtol=1e-9, atol=1e-300)


def test_a_larger_set_is_projected_to_the_smaller_one():
    real, synthetic = draw(60, 2000, 1), draw(24, 2000, 2)
    result = frequency_spectrum(real, synthetic)
    assert result.n == 24
    # Against the mean of random cuts of the real set.
    cuts = [
        np.bincount(real.alleles()[np.random.default_rng(seed).permutation(60)[:24]].sum(axis=0), minlength=25)
        for seed in range(200)
    ]
    mean, error = np.mean(cuts, axis=0), np.std(cuts, axis=0, ddof=1) / np.sqrt(200)
    for place, (first, last) in enumerate(zip(result.by_alt.first, result.by_alt.last, strict=True)):
        within = slice(first, last + 1)
        assert result.by_alt.real[place] == pytest.approx(mean[within].sum(), abs=5 * error[within].sum() + 1e-9)
    assert result.real_varying < 2000 - (real.allele_counts() % 60 == 0).sum()
    assert result.by_alt.synthetic.sum() == np.count_nonzero(synthetic.allele_counts() % 24)


def test_a_spectrum_without_a_group_leaves_its_persons_out():
    real = draw(80, 300, 1, persons=True)
    panel = GroupedPanel.of(real, seed=3)
    kept = real.alleles()[panel.groups != 4]
    np.testing.assert_array_equal(spectrum_of(panel, 4), np.bincount(kept.sum(axis=0), minlength=len(kept) + 1))


def test_intervals_compare_what_is_left_at_one_size():
    # The real set is left with 57 haplotypes, the synthetic one, of groups of 2 and 1 rows, with 22 or 23.
    sets = {"real": draw(60, 400, 1, persons=True), "synthetic": draw(24, 400, 2)}
    counted = [GroupedPanel.of(panel, seed=5) for panel in sets.values()]

    def projected(alleles):
        chances = stats.hypergeom.pmf(np.arange(23), len(alleles), np.arange(len(alleles) + 1)[:, None], 22)
        return np.bincount(alleles.sum(axis=0), minlength=len(alleles) + 1) @ chances

    def distance_and_ratio(first, second):
        folded = [(each + each[::-1])[1:12] for each in (first, second)]
        for each in folded:
            each[10] /= 2
        shares = [np.add.reduceat(each, [0, 1, 2, 4, 8]) / each.sum() for each in folded]
        return np.abs(shares[0] - shares[1]).sum() / 2, shares[1][0] / shares[0][0]

    whole = [projected(panel.alleles()) for panel in sets.values()]
    left_out = [
        [projected(panel.haplotypes.alleles()[panel.groups != group]) for group in range(20)] for panel in counted
    ]
    without = (
        [distance_and_ratio(each, whole[1]) for each in left_out[0]],
        [distance_and_ratio(whole[0], each) for each in left_out[1]],
    )
    result = frequency_spectrum(*sets.values(), seed=5)
    for place, (value, interval) in enumerate(
        (
            (result.by_minor.distance, result.by_minor.distance_interval),
            (result.singletons.ratio, result.singletons.ratio_interval),
        )
    ):
        expected = jackknife_interval(value, *(np.array(values)[:, place] for values in without)).within(0, np.inf)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_swapping_ref_and_alt_moves_only_the_unfolded_spectrum():
    real, synthetic = draw(50, 800, 1), draw(50, 800, 2)
    swapped = Haplotypes.from_alleles(synthetic.alleles() ^ (np.arange(800) % 2 == 0))
    before, after = frequency_spectrum(real, synthetic), frequency_spectrum(real, swapped)
    np.testing.assert_array_equal(before.by_minor.synthetic, after.by_minor.synthetic)
    assert after.by_alt.distance > before.by_alt.distance + 0.1


def test_lost_singletons_show():
    real, synthetic = draw(50, 800, 1), draw(50, 800, 2)
    alleles = synthetic.alleles()
    alleles[:, synthetic.allele_counts() == 1] = 0
    result = frequency_spectrum(real, Haplotypes.from_alleles(alleles))
    assert result.singletons.synthetic == np.count_nonzero(alleles.sum(axis=0) == 49)
    assert result.singletons.ratio_interval.high < 0.5
    assert result.by_minor.distance > 2 * frequency_spectrum(real, synthetic).by_minor.distance


def test_sets_that_do_not_vary_have_no_shares():
    constant = Haplotypes.from_alleles(np.ones((6, 30), int))
    result = frequency_spectrum(draw(6, 30, 1), constant)
    assert math.isnan(result.by_minor.distance)
    assert math.isnan(result.singletons.synthetic_share)
    assert result.synthetic_varying == 0


def test_the_smallest_panels():
    pair = Haplotypes.from_alleles([[0, 1, 0], [0, 1, 1]], samples=Samples.from_persons(["A"]))
    result = frequency_spectrum(pair, Haplotypes.from_alleles([[0, 1, 1], [1, 1, 1], [0, 0, 1]]))
    assert result.n == 2
    assert result.by_minor.real.tolist() == [1]
    assert result.by_minor.synthetic.tolist() == pytest.approx([4 / 3])
    assert math.isnan(result.by_minor.distance_interval.low)
