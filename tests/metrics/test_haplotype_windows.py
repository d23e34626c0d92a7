from __future__ import annotations

import allel
import numpy as np
import pytest

from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.haplotype_windows import HaplotypeWindows, haplotype_windows
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval


@pytest.fixture(scope="module")
def halves(without_persons):
    """Two halves of 200 persons, mosaics of few founders, at 3,300, 250 and 30 sites."""
    rng = np.random.default_rng(0)
    n = 3580
    founders = rng.random((9, n)) < rng.beta(0.4, 1.2, n)
    switches = np.cumsum(rng.random((400, n)) < 0.0008, axis=1)
    source = (rng.random((400, n)) ** 2 * 9).astype(int)[np.arange(400)[:, None], switches]
    sites = Sites.from_columns(np.arange(n) * 50 + 7, ["1"] * 3300 + ["2"] * 250 + ["3"] * 30)
    alleles = founders[source, np.arange(n)]
    panel = Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(200)]))
    half, other = panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other)


def garud(panel, windows):
    """H1, H12, H123 and H2/H1 of each window by scikit-allel."""
    alleles, position = panel.alleles(), panel.sites.position
    contig = np.array([str(name) for name in panel.sites.contig])
    return np.array(
        [
            allel.garud_h(alleles[:, (contig == name) & (position >= first) & (position <= last)].T)
            for name, first, last in zip(windows.contig, windows.first_position, windows.last_position, strict=True)
        ]
    )


def assert_equals_allel(result, real, synthetic):
    for name, panel in (("real", real), ("synthetic", synthetic)):
        expected = garud(panel, result)
        for field, column in (("h1", 0), ("h12", 1), ("h2_h1", 3)):
            np.testing.assert_allclose(getattr(result, f"{name}_{field}"), expected[:, column], atol=1e-12)


def test_windows_are_scikit_allel_s(halves):
    result = haplotype_windows(*halves)
    assert result.contig == ("1",) * 8 + ("2",)
    assert set(result.sites[:8].tolist()) == {412, 413}
    assert result.sites[8] == 250
    assert_equals_allel(result, *halves)
    assert result.h1_ratio == pytest.approx(result.synthetic_h1.mean() / result.real_h1.mean())
    assert result.h12_ratio == pytest.approx(result.synthetic_h12.mean() / result.real_h12.mean())
    logs = np.log([result.real_h12, result.synthetic_h12])
    assert result.h12_correlation == pytest.approx(np.corrcoef(logs)[0, 1])
    assert to_plain(from_plain(HaplotypeWindows, to_plain(result))) == to_plain(result)


def test_intervals_leave_out_groups_of_persons(halves):
    result = haplotype_windows(*halves, seed=6)
    groups = [GroupedPanel.of(panel, seed=6).groups for panel in halves]

    def values(real, synthetic):
        h = [garud(panel, result) for panel in (real, synthetic)]
        ratios = [h[1][:, column].mean() / h[0][:, column].mean() for column in (0, 1)]
        return [*ratios, np.corrcoef(np.log(h[0][:, 1]), np.log(h[1][:, 1]))[0, 1]]

    without_real = np.array([values(halves[0][groups[0] != group], halves[1]) for group in range(20)])
    without_synthetic = np.array([values(halves[0], halves[1][groups[1] != group]) for group in range(20)])
    for place, name in enumerate(("h1_ratio", "h12_ratio", "h12_correlation")):
        interval = getattr(result, f"{name}_interval")
        expected = jackknife_interval(getattr(result, name), without_real[:, place], without_synthetic[:, place])
        expected = expected.within(*((-1, 1) if name.endswith("correlation") else (0, np.inf)))
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_a_few_windows_have_no_correlation(halves):
    for n_sites, known in ((2800, False), (3200, True)):
        result = haplotype_windows(*(panel[:, :n_sites] for panel in halves))
        assert np.isfinite(result.h12_correlation) == known
        assert np.isfinite(result.h12_correlation_interval.low) == known


def test_one_haplotype_and_all_different():
    alike = Haplotypes.from_alleles(np.ones((6, 5), int))
    different = Haplotypes.from_alleles(np.eye(6, 6, dtype=int)[:, :5])
    result = haplotype_windows(alike, different)
    assert (result.real_h1[0], result.real_h12[0], result.real_h2_h1[0]) == (1, 1, 0)
    assert result.synthetic_h1[0] == pytest.approx(1 / 6)
    assert result.synthetic_h12[0] == pytest.approx(4 / 36 + 4 / 36)
    assert result.synthetic_h2_h1[0] == pytest.approx(5 / 6)


def test_a_single_person():
    pair = Haplotypes.from_alleles([[0, 1, 0], [0, 1, 1]], samples=Samples.from_persons(["A"]))
    result = haplotype_windows(pair, pair)
    assert (result.real_h1[0], result.h12_ratio) == (0.5, 1)
    assert np.isnan(result.h12_ratio_interval.low)


@pytest.mark.real_data
def test_two_halves_of_real_people_agree(panels):
    half, other = panels("kg1000_chr1_d1s1656_rephased").split_by_person([0.5, 0.5], seed=0)
    result = haplotype_windows(half, other)
    assert_equals_allel(result, half, other)
    assert result.h1_ratio_interval.contains(1)
    assert result.h12_correlation > 0.9


@pytest.mark.real_data
def test_published_genomes(panels):
    real, published = panels("805_SNP_1000G_real")[:5000], panels("805_SNP_GAN_AG_20000epochs")
    assert_equals_allel(haplotype_windows(real, published), real, published)


def test_windows_that_are_all_alike_have_no_correlation():
    # Eight windows of ten haplotypes, or of two whose frequencies differ between windows: H12 is the same everywhere.
    rng = np.random.default_rng(0)
    tenths = np.concatenate([np.eye(10, 400, dtype=int)[rng.permutation(100) % 10] for _ in range(8)], axis=1)
    carriers = np.repeat([20, 29, 30, 40, 29, 10, 35, 25], 400)
    pairs = np.arange(100)[:, None] < carriers
    varying = rng.random((100, 3200)) < np.repeat([0.0002, 0.001, 0.003, 0.004, 0.005, 0.0005, 0.0001, 0.002], 400)
    for alike, h12 in ((tenths, 0.12), (pairs, 1)):
        result = haplotype_windows(Haplotypes.from_alleles(alike), Haplotypes.from_alleles(varying))
        assert set(result.real_h12) == {h12}
        assert len(set(result.synthetic_h12)) == 8
        assert np.isnan([result.h12_correlation, result.h12_correlation_interval.low]).all()
