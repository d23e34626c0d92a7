from __future__ import annotations

import importlib
import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics import kmer_motifs
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups


@pytest.fixture(scope="module")
def halves(founders_panel, without_persons):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other[:170])


def motif_frequencies(real, synthetic, k, starts=None):
    """Frequency in both sets of each motif of each window that either set has, window by window, one row at a time."""
    x, y = [], []
    for start in range(0, real.shape[1] - k + 1, k) if starts is None else starts:
        in_real, in_synthetic = (
            Counter(tuple(row) for row in alleles[:, start : start + k].tolist()) for alleles in (real, synthetic)
        )
        for motif in in_real.keys() | in_synthetic.keys():
            x.append(in_real[motif] / len(real))
            y.append(in_synthetic[motif] / len(synthetic))
    return np.array(x), np.array(y)


@pytest.mark.parametrize("k", [1, 3, 4, 8, 11, 16])
def test_agreement_is_scipy_s_regression_over_the_motifs_of_either_set(halves, k):
    real, synthetic = halves
    (found,) = kmer_motifs(real, synthetic, [k]).lengths
    x, y = motif_frequencies(real.alleles(), synthetic.alleles(), k)
    line = stats.linregress(x, y)
    assert (found.r, found.slope, found.intercept) == pytest.approx((line.rvalue, line.slope, line.intercept))
    assert (found.k, found.windows, found.motifs) == (k, 300 // k, len(x))
    assert found.only_real == pytest.approx(np.mean(y == 0))
    assert found.only_synthetic == pytest.approx(np.mean(x == 0))
    assert found.density.sum() == len(x)


def test_r_and_slope_are_those_of_counts_where_sizes_are_equal(halves):
    real, synthetic = halves[0][:170], halves[1]
    x, y = motif_frequencies(real.alleles(), synthetic.alleles(), 4)
    line = stats.linregress(170 * x, 170 * y)
    found = kmer_motifs(real, synthetic).lengths[0]
    assert (found.r, found.slope, 170 * found.intercept) == pytest.approx((line.rvalue, line.slope, line.intercept))


def test_the_density_bins_frequencies(halves):
    real, synthetic = halves
    x, y = motif_frequencies(real.alleles(), synthetic.alleles(), 4)
    # By whole numbers: 0.58 · 50 is 28.999999999999996 in floating point.
    x, y = (np.minimum(np.rint(f * n).astype(int) * 50 // n, 49) for f, n in ((x, 240), (y, 170)))
    expected = np.zeros((50, 50), dtype=int)
    np.add.at(expected, (x, y), 1)
    np.testing.assert_array_equal(kmer_motifs(real, synthetic).lengths[0].density, expected)


@pytest.mark.parametrize("k", [4, 8])
def test_the_jackknife_leaves_out_groups_of_persons_on_both_sides(halves, k):
    (found,) = kmer_motifs(*halves, [k], seed=6).lengths
    alleles = [panel.alleles() for panel in halves]
    groups = [person_groups(panel.samples.units(), 6) for panel in halves]

    def line(real, synthetic):
        fit = stats.linregress(*motif_frequencies(real, synthetic, k))
        return fit.rvalue, fit.slope, fit.intercept

    # A motif that nobody else has leaves with its group: the number of points changes, too.
    left_out = (
        np.array([line(alleles[0][groups[0] != g], alleles[1]) for g in range(20)]),
        np.array([line(alleles[0], alleles[1][groups[1] != g]) for g in range(20)]),
    )
    intervals = (found.r_interval, found.slope_interval, found.intercept_interval)
    for place, (value, interval) in enumerate(zip(line(*alleles), intervals, strict=True)):
        expected = jackknife_interval(value, *(table[:, place] for table in left_out))
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_windows_across_contigs_are_dropped(halves):
    contig = np.array(["1"] * 9 + ["2"] * 3 + ["1"] * 200 + ["X"] * 88)
    sites = Sites.from_columns(np.arange(300), contig=contig)
    real, synthetic = (Haplotypes(p.packed, 300, sites, p.samples) for p in halves)
    for found, across in zip(kmer_motifs(real, synthetic, [4, 8]).lengths, ({8}, {8, 208}), strict=True):
        starts = [start for start in range(0, 300 - found.k + 1, found.k) if start not in across]
        x, y = motif_frequencies(real.alleles(), synthetic.alleles(), found.k, starts)
        assert (found.windows, found.windows_across_contigs) == (len(starts), len(across))
        assert found.motifs == len(x)
        assert found.r == pytest.approx(stats.pearsonr(x, y).statistic)


@pytest.mark.parametrize("block_bytes", [1, 40_000])
def test_blocks_of_windows_add_up(halves, monkeypatch, block_bytes):
    expected = to_plain(kmer_motifs(*halves))
    monkeypatch.setattr(importlib.import_module("artgen_fast.metrics.kmer_motifs"), "_BLOCK_BYTES", block_bytes)
    assert to_plain(kmer_motifs(*halves)) == expected


def test_the_same_rows_agree_and_lost_or_invented_motifs_show(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    independent = np.random.default_rng(0).random((240, 300)) < half.alleles().mean(axis=0)
    few = Haplotypes.from_alleles(np.repeat(half.alleles()[:6], 40, axis=0))
    for same, people, binomial, collapsed in zip(
        *(
            kmer_motifs(half, synthetic).lengths
            for synthetic in (half, other, Haplotypes.from_alleles(independent), few)
        ),
        strict=True,
    ):
        assert (same.r, same.slope, same.only_real, same.only_synthetic) == pytest.approx((1, 1, 0, 0))
        assert same.intercept == pytest.approx(0, abs=1e-12)
        assert people.r > binomial.r
        assert binomial.only_synthetic > 2 * people.only_synthetic
        assert collapsed.only_real > 2 * people.only_real
        assert collapsed.only_synthetic == 0


def test_too_few_sites_for_a_window(halves):
    real, synthetic = (panel[:, :5] for panel in halves)
    four, eight = kmer_motifs(real, synthetic).lengths
    assert (four.windows, eight.windows, eight.motifs) == (1, 0, 0)
    assert all(math.isnan(value) for value in (eight.r, eight.slope, eight.only_real, eight.r_interval.low))
    assert not math.isnan(four.r)


def test_r_is_undefined_where_frequencies_do_not_vary():
    one = Haplotypes.from_alleles(np.zeros((30, 8), int))
    other = Haplotypes.from_alleles(np.tile(np.arange(8) % 2, (30, 1)))
    assert math.isnan(kmer_motifs(one, one).lengths[0].r)
    # Lost and invented motifs only: two points a window, on a falling line.
    assert kmer_motifs(one, other).lengths[0].r == pytest.approx(-1)


def test_one_person_alone_has_no_interval(halves):
    alone = Haplotypes.from_alleles(halves[0].alleles()[:2], samples=Samples.from_persons(["P"]))
    assert all(math.isnan(each.r_interval.low) for each in kmer_motifs(alone, halves[1]).lengths)


@pytest.mark.parametrize("k", [0, 17, 2.0, True, "4"])
def test_lengths_out_of_range_are_refused(halves, k):
    with pytest.raises(InputError, match="whole numbers from 1 to 16"):
        kmer_motifs(*halves, [4, k])


def test_results_survive_json(halves):
    from artgen_fast.metrics.kmer_motifs import KmerMotifs

    plain = to_plain(kmer_motifs(*halves))
    assert to_plain(from_plain(KmerMotifs, plain)) == plain


@pytest.mark.parametrize("k", [4, (), None, "", np.int64(4), "48"], ids=repr)
def test_lengths_must_be_a_sequence_of_some(halves, k):
    with pytest.raises(InputError, match=r"k must hold whole numbers from 1 to 16, at least one; got .* as \[k\]"):
        kmer_motifs(*halves, k)
