from __future__ import annotations

import importlib
import json
from dataclasses import fields

import numpy as np
import pytest
from scipy import stats

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Sites, concatenate
from artgen_fast.kernels.shared_haplotypes import longest_shared
from artgen_fast.metrics.shared_haplotypes import (
    QUANTILES,
    SharedHaplotypes,
    StretchSearches,
    shared_haplotypes,
    shared_haplotypes_of,
)
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups

ALPHA = 1e-3


@pytest.fixture(scope="module")
def parts(founders_panel):
    """Training people, hold-out people and other people of one panel of two contigs."""
    positions = np.cumsum(np.random.default_rng(0).integers(1, 200, 300))
    sites = Sites.from_columns(positions, ["1"] * 180 + ["2"] * 120)
    panel = Haplotypes(founders_panel.packed, 300, sites, founders_panel.samples)
    return panel.split_by_person([0.4, 0.3, 0.3], seed=0)


def copying(train, rows, stretch, seed=0):
    """Rows that are put together from long pieces of training rows."""
    rng = np.random.default_rng(seed)
    switches = np.cumsum(rng.random((rows, train.n_sites)) < 1 / stretch, axis=1)
    source = rng.integers(0, len(train), (rows, train.n_sites))[np.arange(rows)[:, None], switches]
    return Haplotypes.from_alleles(train.alleles()[source, np.arange(train.n_sites)], train.sites)


def stretches(panel, train):
    """Longest stretches by the plain kernel."""
    found = longest_shared(panel, train, train.sites.position, [0, 180, 300], backend="reference")
    return found.sites, found.base_pairs


def test_lengths_are_summed_up(parts, without_persons):
    train, holdout, other = parts
    synthetic = without_persons(other)
    result = shared_haplotypes(train, synthetic, holdout=holdout, seed=3)
    for name, panel in (("synthetic", synthetic), ("holdout", holdout)):
        found = getattr(result, name)
        sites, base_pairs = stretches(panel, train)
        assert found.haplotypes == len(panel)
        assert (found.mean_sites, found.mean_base_pairs) == pytest.approx((sites.mean(), base_pairs.mean()))
        np.testing.assert_allclose(found.site_quantiles, np.quantile(sites, QUANTILES))
        np.testing.assert_allclose(found.base_pair_quantiles, np.quantile(base_pairs, QUANTILES))
        for values, counts, edges in (
            (sites, found.by_sites, result.site_edges),
            (base_pairs, found.by_base_pairs, result.base_pair_edges),
        ):
            expected = np.bincount(np.digitize(values, edges) - 1, minlength=len(edges) - 1)
            assert counts.tolist() == expected.tolist()
            assert counts.sum() == len(panel)
    assert result.site_edges[[0, -1]].tolist() == pytest.approx([0, 181])
    assert result.base_pair_edges[-1] == pytest.approx(np.ptp(train.sites.position[:180]) + 1)
    assert result.quantiles.tolist() == list(QUANTILES)
    assert to_plain(from_plain(SharedHaplotypes, to_plain(result))) == to_plain(result)


def test_comparison_with_unseen_people_and_its_intervals(parts):
    train, holdout, _ = parts
    synthetic = copying(train, 100, 40)
    result = shared_haplotypes(train, synthetic, holdout=holdout, seed=3).against_unseen
    unseen, generated = stretches(holdout, train), stretches(synthetic, train)
    names = ("sites_ratio", "base_pairs_ratio", "share_long_sites", "share_long_base_pairs")

    def values(unseen, generated):
        ratios = [b.mean() / a.mean() for a, b in zip(unseen, generated, strict=True)]
        return [*ratios, *(np.mean(b >= np.quantile(a, 0.99)) for a, b in zip(unseen, generated, strict=True))]

    unseen_groups, generated_groups = (person_groups(panel.samples.units(), 3) for panel in (holdout, synthetic))
    without_unseen = [values([a[unseen_groups != g] for a in unseen], generated) for g in range(20)]
    without_generated = [values(unseen, [b[generated_groups != g] for b in generated]) for g in range(20)]
    for place, (name, value) in enumerate(zip(names, values(unseen, generated), strict=True)):
        interval = getattr(result, f"{name}_interval")
        expected = jackknife_interval(value, np.array(without_unseen)[:, place], np.array(without_generated)[:, place])
        assert getattr(result, name) == pytest.approx(value)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert result.long_sites == np.quantile(unseen[0], 0.99)
    assert result.long_base_pairs == np.quantile(unseen[1], 0.99)
    assert result.unseen_share_long_sites == np.mean(unseen[0] >= result.long_sites) >= 0.01
    assert result.unseen_share_long_base_pairs == np.mean(unseen[1] >= result.long_base_pairs) >= 0.01


def test_a_whole_contig_is_long_though_nothing_is_longer(parts):
    train = parts[0]
    # Some rows of the set and of the hold-out are training rows, of nobody here; the others are their opposites.
    rows = np.concatenate([train.alleles()[:20], 1 - train.alleles()[:20]])
    real, same, unseen = (Haplotypes.from_alleles(each) for each in (train.alleles(), rows, rows[:30]))
    result = shared_haplotypes(real, same, holdout=unseen)
    assert result.against_unseen.long_sites == train.n_sites
    assert result.against_unseen.share_long_sites == result.against_unseen.share_long_base_pairs == 0.5
    assert result.against_unseen.unseen_share_long_sites == pytest.approx(2 / 3)


def test_copied_pieces_are_longer_than_what_unseen_people_share(parts):
    train, holdout, _ = parts
    result = shared_haplotypes(train, copying(train, 150, 60), holdout=holdout)
    assert result.against_unseen.sites_ratio_interval.low > 1
    assert result.against_unseen.share_long_sites_interval.low > 0.01
    assert result.with_training.share > 0.9
    assert result.with_training.share > result.with_training.exchangeable.high
    assert result.with_training.p_value == 1 / 1000


def test_copied_unseen_people_are_no_sign_of_a_leak(parts):
    train, holdout, _ = parts
    result = shared_haplotypes(train, copying(holdout, 150, 60), holdout=holdout)
    assert result.with_training.share < 0.3
    assert result.with_training.p_value > 0.99


def test_copies_of_one_person_are_one_chance(parts):
    # All rows vote for one person, both of whose haplotypes were copied: a training person by the chance of anybody.
    train, holdout, _ = parts
    result = shared_haplotypes(train, train[np.arange(40) % 2 + 16], holdout=holdout).with_training
    assert result.share == 1
    assert (result.exchangeable.low, result.exchangeable.high) == (0, 1)
    chance = len(train) / (len(train) + len(holdout))
    assert result.p_value == pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / 999))


def test_ties_fall_to_anybody():
    # All rows are alike: the vote goes to the first of 60 training and 20 hold-out rows in random order.
    train, holdout, other = (Haplotypes.from_alleles(np.ones((rows, 5), int)) for rows in (60, 20, 4))
    shares = [shared_haplotypes(train, other, holdout=holdout, seed=seed).with_training.share for seed in range(40)]
    assert set(shares) == {0.0, 1.0}
    assert stats.binomtest(int(sum(shares)), 40, 60 / 80).pvalue > ALPHA


@pytest.mark.parametrize(("training", "share"), [("B", 0), ("AC", 1), ("AB", 0.5), ("C", 0.5), ("A", 0.5), ("BC", 0.5)])
def test_of_stretches_of_one_length_the_first_counts_whoever_has_it(training, share):
    # All three share three sites with the rows: A and C the first three, B the last three.
    people = {"A": [0, 0, 0, 1, 1, 1], "B": [1, 1, 1, 0, 0, 0], "C": [0, 0, 0, 1, 0, 1]}

    def panel(names):
        return Haplotypes.from_alleles(np.repeat([people[name] for name in names], 2, axis=0))

    holdout = panel([name for name in people if name not in training])
    rows = Haplotypes.from_alleles(np.zeros((2, 6), dtype=int))
    shares = [
        shared_haplotypes(panel(training), rows, holdout=holdout, seed=seed).with_training.share for seed in range(40)
    ]
    assert set(shares) == ({0, 1} if share == 0.5 else {share})


def test_broken_haplotypes_share_shorter_stretches(parts):
    train, holdout, _ = parts
    independent = np.random.default_rng(0).random((150, 300)) < train.alleles().mean(axis=0)
    result = shared_haplotypes(train, Haplotypes.from_alleles(independent, train.sites), holdout=holdout)
    assert result.against_unseen.sites_ratio_interval.high < 1
    assert result.against_unseen.share_long_sites == 0


def test_without_a_hold_out_there_is_nothing_beside(parts):
    train, _, other = parts
    result = shared_haplotypes(train, other)
    assert result.synthetic.mean_sites == stretches(other, train)[0].mean()
    assert (result.holdout, result.against_unseen, result.with_training) == (None, None, None)


def test_searches_are_done_once(parts, monkeypatch):
    train, holdout, other = parts
    # The package's attribute of that name is the function.
    module = importlib.import_module("artgen_fast.metrics.shared_haplotypes")
    calls = []

    def counted(*arguments, **engine):
        calls.append(len(arguments[0]))
        return longest_shared(*arguments, **engine)

    monkeypatch.setattr(module, "longest_shared", counted)
    searches = StretchSearches({"real": train, "a": other, "b": other[:50], "unseen": holdout})
    for name in ("a", "b", "a"):
        shared_haplotypes_of(searches, "real", name, "unseen")
    assert sorted(calls) == sorted([len(other), len(other), 50, 50, len(holdout)])


def test_positions_that_descend_end_a_stretch():
    rows = Haplotypes.from_alleles(np.zeros((4, 6), int), Sites.from_columns([1, 2, 3, 2, 3, 4], "1"))
    result = shared_haplotypes(rows, rows)
    assert result.synthetic.mean_sites == 3
    assert result.synthetic.mean_base_pairs == 2


def test_a_row_that_shares_nothing_has_no_vote():
    train, holdout = Haplotypes.from_alleles([[0], [0]]), Haplotypes.from_alleles([[0], [1]])
    result = shared_haplotypes(train, Haplotypes.from_alleles([[1], [1]]), holdout=holdout)
    assert result.synthetic.mean_sites == 0
    assert result.with_training.share == 0  # the rows share their allele with a hold-out row
    nothing = shared_haplotypes(train, Haplotypes.from_alleles([[1], [1]]), holdout=train)
    assert nothing.with_training.share == 0
    assert nothing.with_training.p_value == 1


def test_results_hold_no_rows(parts):
    train, holdout, other = parts
    result = shared_haplotypes(train, other, holdout=holdout)
    assert len(json.dumps(to_plain(result))) < 10_000
    for name in ("synthetic", "holdout"):
        for field in fields(getattr(result, name)):
            assert np.size(getattr(getattr(result, name), field.name)) <= 48


def test_panels_must_have_the_same_sites(parts):
    with pytest.raises(InputError, match="the real and the synthetic panel must have the same sites"):
        shared_haplotypes(parts[0], parts[1][:, :200])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_arrays_are_refused(parts, place):
    panels = [parts[0], parts[1], parts[2]]
    panels[place] = panels[place].alleles()
    with pytest.raises(InputError, match=r"the (real|synthetic|holdout) panel must be Haplotypes; got ndarray\. Use"):
        shared_haplotypes(panels[0], panels[1], holdout=panels[2])


@pytest.fixture(
    scope="module",
    params=[
        ("805_SNP_1000G_real", slice(None), 1),
        ("kg1000_chr1_d1s1656_rephased", slice(3000, 3200), 1),
        ("kg1000_chr1_d1s1656_rephased", slice(3000, 3200), 2),
    ],
    ids=["805 SNPs", "200 sites, mostly ties", "200 sites, a larger training part"],
)
def exchangeable(request, panels):
    """Results for three parts of real people who have nothing to do with each other, for ten such triples.

    And the share of the training people among training and hold-out.
    """
    name, sites, train_parts = request.param
    people = panels(name)[:, sites].split_by_person([1 / 40] * 40, seed=0)
    results = []
    for seed in range(10):
        train = concatenate(people[4 * seed : 4 * seed + train_parts])
        holdout, other = people[4 * seed + 2 : 4 * seed + 4]
        results.append(shared_haplotypes(train, other, holdout=holdout, seed=seed))
    return results, train_parts / (train_parts + 1)


@pytest.mark.real_data
def test_unseen_people_share_as_much_as_others_do(exchangeable):
    results, _ = exchangeable
    ratios = np.array([result.against_unseen.sites_ratio for result in results])
    assert stats.ttest_1samp(np.log(ratios), 0).pvalue > ALPHA
    outside = sum(not result.against_unseen.sites_ratio_interval.contains(1) for result in results)
    assert stats.binomtest(outside, len(results), 0.05, alternative="greater").pvalue > ALPHA


@pytest.mark.real_data
def test_p_values_of_unseen_people_are_uniform_ties_or_not(exchangeable):
    results, expected = exchangeable
    assert stats.kstest([result.with_training.p_value for result in results], "uniform").pvalue > ALPHA
    shares = [result.with_training.share for result in results]
    assert stats.ttest_1samp(shares, expected).pvalue > ALPHA


@pytest.mark.real_data
def test_published_sets_do_not_know_one_random_half_of_the_people_they_learned(panels):
    half, other = panels("805_SNP_1000G_real").split_by_person([0.5, 0.5], seed=0)
    for name in ("805_SNP_GAN_AG_20000epochs", "805_SNP_RBM_AG_800Epochs"):
        assert shared_haplotypes(half, panels(name), holdout=other).with_training.p_value > 0.01
