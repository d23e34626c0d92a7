from __future__ import annotations

import math
from itertools import pairwise

import allel
import numpy as np
import pytest
from scipy import stats

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.ld_runs import LDRuns, ld_runs
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval


@pytest.fixture(scope="module")
def halves(without_persons):
    """Two halves of 240 persons. Most sites are a neighbour's again with a few errors, the first of contig 2, too."""
    rng = np.random.default_rng(0)
    alleles = np.empty((480, 300), dtype=bool)
    for site in range(300):
        again = site == 120 or (site > 0 and rng.random() < 0.7)
        errors = rng.random(480) < rng.choice([0, 0.005, 0.05])
        alleles[:, site] = alleles[:, site - 1] ^ errors if again else rng.random(480) < rng.beta(0.4, 1.2)
    sites = Sites.from_columns(np.cumsum(rng.integers(0, 900, 300)), ["1"] * 120 + ["2"] * 180)
    panel = Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(240)]))
    half, other = panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other)


def runs_one_by_one(alleles, chosen, sites, threshold):
    """Lengths of runs in sites and base pairs, and the share of linked neighbours, site after site."""
    with np.errstate(invalid="ignore"):
        r = [
            np.corrcoef(alleles[:, a], alleles[:, b])[0, 1] ** 2 if np.ptp(alleles[:, [a, b]], axis=0).all() else np.nan
            for a, b in pairwise(chosen)
        ]
    runs, run, linked, pairs = [], [chosen[0]], 0, 0
    for place, site in enumerate(chosen[1:]):
        same = sites.contig[site] == sites.contig[run[-1]]
        pairs += same
        linked += same and r[place] >= threshold
        if same and r[place] >= threshold:
            run.append(site)
            continue
        runs.append(run)
        run = [site]
    runs = [each for each in [*runs, run] if len(each) > 1]
    lengths = [len(each) for each in runs]
    return lengths, [int(sites.position[each[-1]] - sites.position[each[0]]) for each in runs], linked / pairs


def common(panel, least=0.05):
    frequency = panel.alleles().mean(axis=0)
    return np.flatnonzero(np.minimum(frequency, 1 - frequency) >= least)


def assert_equals_one_by_one(result, panels, least=0.05):
    chosen = common(panels["real"], least)
    assert result.sites == len(chosen)
    for comparison in result.thresholds:
        for name, panel in panels.items():
            found = getattr(comparison, name)
            lengths, spans, linked = runs_one_by_one(panel.alleles(), chosen, panel.sites, comparison.threshold)
            assert (found.runs, found.longest_sites) == (len(lengths), max(lengths))
            assert found.longest_base_pairs == max(spans)
            assert found.linked == pytest.approx(linked)
            assert found.mean_sites == pytest.approx(np.mean(lengths))
            assert found.mean_base_pairs == pytest.approx(np.mean(spans))
            for values, counts, edges in (
                (lengths, found.by_sites, result.site_edges),
                (spans, found.by_base_pairs, result.base_pair_edges),
            ):
                bins = np.digitize(values, edges) - 1
                assert counts.tolist() == np.bincount(bins, minlength=len(edges) - 1).tolist()
        assert comparison.sites_ratio == comparison.synthetic.mean_sites / comparison.real.mean_sites
        assert comparison.base_pairs_ratio == comparison.synthetic.mean_base_pairs / comparison.real.mean_base_pairs


@pytest.mark.parametrize("least", [0.05, 0.2, 1e-9])
def test_runs_are_those_found_site_after_site(halves, least):
    panels = {"real": halves[0], "synthetic": halves[1]}
    result = ld_runs(*halves, least_minor_frequency=least)
    assert [comparison.threshold for comparison in result.thresholds] == [0.2, 0.5, 0.8]
    assert_equals_one_by_one(result, panels, least)
    read = from_plain(LDRuns, to_plain(result))
    assert to_plain(read) == to_plain(result)


@pytest.mark.real_data
def test_real_people(panels):
    # Two contigs meet among these sites.
    half, other = panels("kg1000_7loci_rephased")[:, 10_000:11_500].split_by_person([0.5, 0.5], seed=0)
    result = ld_runs(half, other)
    assert_equals_one_by_one(result, {"real": half, "synthetic": other})
    for comparison in result.thresholds:
        assert comparison.sites_ratio_interval.contains(1)
        assert comparison.base_pairs_ratio_interval.contains(1)


@pytest.mark.real_data
def test_neighbours_are_linked_as_scikit_allel_has_it(panels):
    panel = panels("kg1000_chr1_d1s1656_rephased")[:, 2_000:3_000]
    chosen = common(panel)
    genotypes = panel.alleles()[:, chosen].T.astype(np.int8)
    r2 = allel.rogers_huff_r(genotypes)  # of haplotypes taken for genotypes: the correlation of their alleles
    neighbours = np.square(np.array([r2[i * len(chosen) - i * (i + 1) // 2] for i in range(len(chosen) - 1)]))
    for comparison in ld_runs(panel, panel).thresholds:
        # scikit-allel has single precision.
        assert np.abs(neighbours - comparison.threshold).min() > 1e-6
        assert comparison.real.linked == pytest.approx(np.mean(neighbours >= comparison.threshold))
        assert comparison.distance == 0


def test_the_distance_is_scipy_s_wasserstein_of_log_lengths(halves):
    real, other = halves
    noisy = other.alleles() ^ (np.random.default_rng(0).random((240, 300)) < 0.03)
    for comparison in ld_runs(real, Haplotypes.from_alleles(noisy, real.sites)).thresholds:
        lengths = [
            runs_one_by_one(alleles, common(real), real.sites, comparison.threshold)[0]
            for alleles in (real.alleles(), noisy)
        ]
        expected = stats.wasserstein_distance(*(np.log2(each) for each in lengths))
        assert comparison.distance == pytest.approx(expected)
        assert comparison.distance > 0


def test_intervals_leave_out_groups_of_persons(halves):
    result = ld_runs(*halves, seed=2).thresholds[1]
    chosen = common(halves[0])
    alleles = [panel.alleles() for panel in halves]
    groups = [GroupedPanel.of(panel, seed=2).groups for panel in halves]

    def means(alleles):
        lengths, spans, linked = runs_one_by_one(alleles, chosen, halves[0].sites, 0.5)
        return np.array([np.mean(lengths), np.mean(spans), linked])

    whole = [means(each) for each in alleles]
    without = [
        np.array([means(each[group != left_out]) for left_out in range(20)])
        for each, group in zip(alleles, groups, strict=True)
    ]
    for place, interval in enumerate((result.sites_ratio_interval, result.base_pairs_ratio_interval)):
        expected = jackknife_interval(
            whole[1][place] / whole[0][place],
            whole[1][place] / without[0][:, place],
            without[1][:, place] / whole[0][place],
        )
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    for place, interval in enumerate(
        (
            result.synthetic.mean_sites_interval,
            result.synthetic.mean_base_pairs_interval,
            result.synthetic.linked_interval,
        )
    ):
        expected = jackknife_interval(whole[1][place], without[1][:, place])
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert result.distance_interval.contains(result.distance)


def test_ld_that_is_lost_shows(halves):
    real, _ = halves
    independent = np.random.default_rng(0).random((240, 300)) < real.alleles().mean(axis=0)
    for comparison in ld_runs(real, Haplotypes.from_alleles(independent, real.sites)).thresholds[1:]:
        assert comparison.synthetic.linked < 0.2 * comparison.real.linked
        assert comparison.synthetic.runs < comparison.real.runs


def test_sites_fixed_in_the_synthetic_set_end_a_run():
    alleles = np.tile(np.array([[0], [1], [0], [1]]), 6)
    fixed = alleles.copy()
    fixed[:, 3] = 0
    result = ld_runs(Haplotypes.from_alleles(alleles), Haplotypes.from_alleles(fixed))
    assert (result.pairs, result.pairs_fixed_in_synthetic) == (5, 2)
    for comparison in result.thresholds:
        assert (comparison.real.runs, comparison.real.longest_sites, comparison.real.linked) == (1, 6, 1)
        assert (comparison.synthetic.runs, comparison.synthetic.longest_sites) == (2, 3)
        assert comparison.synthetic.by_sites.tolist()[:2] == [1, 1]


@pytest.mark.parametrize("fixed", ["real", "synthetic", "both"])
def test_there_are_no_runs_where_nothing_varies(halves, fixed):
    real, synthetic = halves
    constant = Haplotypes.from_alleles(np.zeros((240, 300), int), real.sites)
    result = ld_runs(real if fixed == "synthetic" else constant, synthetic if fixed == "real" else constant)
    for comparison in result.thresholds:
        assert math.isnan(comparison.sites_ratio)
        assert math.isnan(comparison.distance)
        assert comparison.synthetic.runs == 0


@pytest.mark.parametrize("least", [0, 0.51, -0.1, math.nan])
def test_the_frequency_is_checked(halves, least):
    with pytest.raises(InputError, match=r"least_minor_frequency must be above 0 and at most 0\.5; got"):
        ld_runs(*halves, least_minor_frequency=least)
