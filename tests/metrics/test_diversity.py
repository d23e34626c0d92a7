from __future__ import annotations

import math

import allel
import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.diversity import Diversity, diversity
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval

FREQUENCIES = np.random.default_rng(0).beta(0.3, 1, 600)
CONTIGS = ["1"] * 350 + ["2"] * 200 + ["3"] * 50
POSITIONS = np.concatenate([np.sort(np.random.default_rng(7).integers(1, 100_000, size)) for size in (350, 200, 50)])


def draw(n, seed, *, power=1.0, persons=False):
    samples = Samples.from_persons([f"P{i}" for i in range(n // 2)]) if persons else None
    alleles = np.random.default_rng(seed).random((n, 600)) < FREQUENCIES**power
    return Haplotypes.from_alleles(alleles, Sites.from_columns(POSITIONS, CONTIGS), samples)


def allele_counts(alleles):
    return allel.HaplotypeArray(np.asarray(alleles).T).count_alleles(max_allele=1)


def panel_d(ac, contig):
    """Tajima's D of contigs put together, from scikit-allel's π - θ and D of each: their ratio is its variance."""
    differences, variances = [], []
    for name in np.unique(contig):
        own = ac[contig == name]
        a1 = np.sum(1 / np.arange(1, own[0].sum()))
        difference = allel.mean_pairwise_difference(own).sum() - own.count_segregating() / a1
        differences.append(difference)
        variances.append((difference / allel.tajima_d(own, min_sites=1)) ** 2)
    return sum(differences) / np.sqrt(sum(variances))


def assert_equals_allel(result: Diversity, panels):
    contig = np.array([str(name) for name in panels["real"].sites.contig])
    for name, panel in panels.items():
        ac = allele_counts(panel.alleles())
        found = getattr(result, name)
        assert found.heterozygosity == pytest.approx(allel.mean_pairwise_difference(ac).mean())
        assert found.watterson_theta == pytest.approx(allel.watterson_theta(np.arange(1, len(ac) + 1), ac))
        assert found.segregating_sites == ac.count_segregating()
        assert found.tajimas_d == pytest.approx(panel_d(ac, contig))
        windows = result.windows
        position = panel.sites.position
        for place, window_contig in enumerate(windows.contig):
            inside = (
                (contig == window_contig)
                & (position >= windows.first_position[place])
                & (position <= windows.last_position[place])
            )
            own = ac[inside]
            assert windows.sites[place] == len(own)
            d, pi = getattr(windows, f"{name}_tajimas_d")[place], getattr(windows, f"{name}_heterozygosity")[place]
            if len(own) == 0 or own.count_segregating() == 0:
                assert math.isnan(d)
            else:
                assert d == pytest.approx(allel.tajima_d(own, min_sites=1))
                assert pi == pytest.approx(allel.mean_pairwise_difference(own).mean())


@pytest.mark.parametrize("unit", ["sites", "bp"])
def test_diversity_is_scikit_allel_s(unit):
    panels = {"real": draw(50, 1), "synthetic": draw(50, 2, power=1.5)}
    result = diversity(*panels.values(), n_windows=60, unit=unit)
    assert result.n == 50
    assert 55 < len(result.windows.contig) < 65
    assert_equals_allel(result, panels)
    assert from_plain(Diversity, to_plain(result)).windows.contig == result.windows.contig


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["805_SNP_GAN_AG_20000epochs", "805_SNP_RBM_AG_800Epochs"])
def test_published_genomes(panels, name):
    both = {"real": panels("805_SNP_1000G_real")[:5000], "synthetic": panels(name)}
    assert_equals_allel(diversity(*both.values()), both)


@pytest.mark.real_data
def test_two_halves_of_real_people_agree(panels):
    half, other = panels("kg1000_7loci_rephased")[:, 9_000:14_000].split_by_person([0.5, 0.5], seed=0)
    result = diversity(half, other, n_windows=20)
    assert_equals_allel(result, {"real": half, "synthetic": other})
    assert result.heterozygosity_ratio_interval.contains(1)
    assert result.tajimas_d_difference_interval.contains(0)
    assert result.windows.tajimas_d_correlation > 0.9


def test_agreement_of_windows():
    result = diversity(draw(50, 1), draw(50, 2, power=1.5), n_windows=20)
    windows = result.windows
    for value, x, y in (
        (windows.heterozygosity_correlation, windows.real_heterozygosity, windows.synthetic_heterozygosity),
        (windows.tajimas_d_correlation, windows.real_tajimas_d, windows.synthetic_tajimas_d),
    ):
        assert value == pytest.approx(np.corrcoef(x, y)[0, 1])
    apart = np.abs(windows.real_tajimas_d - windows.synthetic_tajimas_d).mean()
    assert windows.tajimas_d_difference == pytest.approx(apart)
    assert result.heterozygosity_ratio == result.synthetic.heterozygosity / result.real.heterozygosity
    assert result.watterson_theta_ratio == result.synthetic.watterson_theta / result.real.watterson_theta
    assert result.tajimas_d_difference == result.synthetic.tajimas_d - result.real.tajimas_d


def test_intervals_leave_out_groups_of_persons():
    real, synthetic = draw(60, 1, persons=True), draw(60, 2)
    contig = np.array(CONTIGS)
    result = diversity(real, synthetic, seed=4, n_windows=10)

    def ratio_and_difference(first, second):
        counted = [allele_counts(alleles) for alleles in (first, second)]
        pi = [allel.mean_pairwise_difference(ac).mean() for ac in counted]
        d = [panel_d(ac, contig) for ac in counted]
        return pi[1] / pi[0], d[1] - d[0]

    whole = [panel.alleles() for panel in (real, synthetic)]
    groups = [GroupedPanel.of(panel, seed=4).groups for panel in (real, synthetic)]
    without_real = [ratio_and_difference(whole[0][groups[0] != group], whole[1]) for group in range(20)]
    without_synthetic = [ratio_and_difference(whole[0], whole[1][groups[1] != group]) for group in range(20)]
    for place, (value, interval) in enumerate(
        (
            (result.heterozygosity_ratio, result.heterozygosity_ratio_interval),
            (result.tajimas_d_difference, result.tajimas_d_difference_interval),
        )
    ):
        left_out = (np.array(values)[:, place] for values in (without_real, without_synthetic))
        expected = jackknife_interval(value, *left_out)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert result.windows.tajimas_d_correlation_interval.contains(result.windows.tajimas_d_correlation)
    assert result.real.tajimas_d_interval.contains(result.real.tajimas_d)


def test_intervals_of_what_is_never_negative_end_at_0():
    # One of ten persons has the only alternative alleles: without it nothing varies.
    alleles = np.zeros((20, 40), dtype=int)
    alleles[0] = 1
    real = Haplotypes.from_alleles(alleles, samples=Samples.from_persons([f"P{i}" for i in range(10)]))
    result = diversity(real, real, n_windows=2)
    for interval in (result.real.heterozygosity_interval, result.real.watterson_theta_interval):
        assert interval.low == 0 < interval.high


def test_a_mean_absolute_difference_has_no_negative_interval():
    few = draw(60, 1)[:6], draw(60, 2)[:6]
    interval = diversity(*few, n_windows=3).windows.tajimas_d_difference_interval
    assert interval.low == 0 < interval.high


def test_theta_and_d_are_of_as_many_haplotypes_in_both_sets():
    real, synthetic = draw(80, 1), draw(30, 2)
    result = diversity(real, synthetic)
    alleles = real.alleles()
    assert result.n == 30
    cuts = [allele_counts(alleles[np.random.default_rng(i).permutation(80)[:30]]) for i in range(300)]
    segregating = np.array([ac.count_segregating() for ac in cuts])
    error = segregating.std(ddof=1) / np.sqrt(300)
    assert result.real.segregating_sites == pytest.approx(segregating.mean(), abs=5 * error)
    assert segregating.mean() + 5 * error < np.count_nonzero(real.allele_counts() % 80)
    assert result.real.watterson_theta == pytest.approx(
        result.real.segregating_sites / np.sum(1 / np.arange(1, 30)) / 600
    )
    # π does not depend on the number of haplotypes.
    assert result.real.heterozygosity == pytest.approx(allel.mean_pairwise_difference(allele_counts(alleles)).mean())


def test_two_alleles_of_one_half_and_none():
    alleles = np.array([[0, 0], [0, 0], [1, 0], [1, 0]])
    result = diversity(Haplotypes.from_alleles(alleles), Haplotypes.from_alleles(0 * alleles))
    assert result.real.heterozygosity == pytest.approx((2 / 3) / 2)
    assert result.synthetic.heterozygosity == 0
    assert math.isnan(result.synthetic.tajimas_d)
    assert math.isnan(result.windows.tajimas_d_correlation)
    assert math.isnan(result.windows.tajimas_d_difference)
    assert result.heterozygosity_ratio == 0
    assert math.isnan(
        diversity(Haplotypes.from_alleles(0 * alleles), Haplotypes.from_alleles(alleles)).watterson_theta_ratio
    )


def test_windows_are_checked():
    with pytest.raises(InputError, match="n_windows must be a whole number"):
        diversity(draw(10, 1), draw(10, 2), n_windows=0)
