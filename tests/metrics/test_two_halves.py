"""Two parts of the same real people are told apart no more often than chance has it, ties or not.

Every check over several pairs of parts fails by chance with a probability of 1 in 1000 (ALPHA); the seeds are fixed. No
person is in two parts, so that the pairs are independent, as the tests of their means assume.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.metrics.aa_ts import aa_ts_of
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.nn_chains import nn_chains_of
from artgen_fast.metrics.one_nn_accuracy import one_nn_accuracy_of

pytestmark = pytest.mark.real_data

ALPHA = 1e-3
PAIRS = 10
CHAIN_ALPHA = 0.01
CUTS = {
    "805 SNPs, few ties": ("805_SNP_1000G_real", slice(None)),
    "1,000 sites, many ties": ("kg1000_chr1_d1s1656_rephased", slice(0, 1000)),
    "200 sites, mostly ties": ("kg1000_chr1_d1s1656_rephased", slice(3000, 3200)),
}


@pytest.fixture(scope="module", params=list(CUTS))
def parts_of_real_people(request, panels):
    """AA_TS, 1-NN accuracy and chains between two twentieths of a panel's people, for ten such pairs."""
    name, sites = CUTS[request.param]
    panel = panels(name)[:, sites]
    results = []
    parts = panel.split_by_person([1 / (2 * PAIRS)] * (2 * PAIRS), seed=0)
    for seed, (first, second) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
        searches = NeighbourSearches({"first": first, "second": second}, seed=seed)
        aa = aa_ts_of(searches, "first", "second", seed=seed)
        results.append(
            (
                aa,
                one_nn_accuracy_of(searches, "first", "second", seed=seed, aa=aa),
                nn_chains_of(searches, "first", "second", seed=seed),
            )
        )
    return request.param, results


def test_half_tie_halves_are_a_half_on_average_and_lie_where_permuted_labels_put_them(parts_of_real_people):
    _, results = parts_of_real_people
    for half, interval in (("truth_half_tie", "real_exchangeable"), ("syn_half_tie", "generated_exchangeable")):
        values = [getattr(aa, half) for aa, *_ in results]
        assert stats.ttest_1samp(values, results[0][1].expected).pvalue > ALPHA
        outside = sum(not getattr(nn, interval).contains(getattr(aa, half)) for aa, nn, _ in results)
        assert stats.binomtest(outside, PAIRS, 0.05, alternative="greater").pvalue > ALPHA
    assert all(nn.permuted == "persons" for _, nn, _ in results)


def test_strict_values_fake_overfitting_where_ties_are_many(parts_of_real_people):
    name, results = parts_of_real_people
    ties, strict, half_tie = (
        np.mean([getattr(aa, field) for aa, *_ in results]) for field in ("tie_rate", "value", "half_tie")
    )
    assert strict == pytest.approx(half_tie - ties / 2)
    if name == "200 sites, mostly ties":
        assert ties > 0.5
        assert all(aa.value < nn.overall_exchangeable.low for aa, nn, _ in results)


def test_permutation_p_values_are_uniform(parts_of_real_people):
    _, results = parts_of_real_people
    for values in (
        [nn.p_value for _, nn, _ in results],
        [nn.p_value_worst_half for _, nn, _ in results],
        *([chains.p_value[size] for *_, chains in results] for size in ("2", "3", "4", "5")),
    ):
        assert stats.kstest(values, "uniform").pvalue > ALPHA


def test_chains_of_real_people_favour_neither_part(parts_of_real_people):
    # A pool that lists one part before the other gives it the ties: TTT is then near .2 where ties are many.
    # (Each pattern's own mean is not exactly 2^-size here: a person's two haplotypes, often neighbours, share a label.)
    _, results = parts_of_real_people
    for real, synthetic in (("TT", "SS"), ("TTT", "SSS"), ("TTTT", "SSSS")):
        difference = [chains.frequency(real) - chains.frequency(synthetic) for *_, chains in results]
        assert stats.ttest_1samp(difference, 0).pvalue > ALPHA, real


def test_most_patterns_lie_where_permuted_labels_put_them(parts_of_real_people):
    _, results = parts_of_real_people
    inside = [np.mean([c.exchangeable.contains(c.frequency) for c in chains.patterns]) for *_, chains in results]
    assert stats.ttest_1samp(inside, 0.95).pvalue > ALPHA


@pytest.mark.parametrize(
    ("name", "sites"),
    [("805_SNP_1000G_real", slice(None)), ("kg1000_chr1_d1s1656_rephased", slice(0, 10_000))],
    ids=["805 SNPs", "10,000 sites"],
)
def test_halves_accuracies_and_chains_of_two_halves_of_the_people_are_at_their_expectation(panels, name, sites):
    first, second = panels(name)[:, sites].split_by_person([0.5, 0.5], seed=0)
    searches = NeighbourSearches({"first": first, "second": second}, seed=0)
    nn = one_nn_accuracy_of(searches, "first", "second", seed=0)
    chains = nn_chains_of(searches, "first", "second", seed=0)
    assert nn.n == 2504
    assert nn.permuted == chains.permuted == "persons"
    assert nn.real_exchangeable.contains(nn.real)
    assert nn.generated_exchangeable.contains(nn.generated)
    assert nn.overall_exchangeable.contains(nn.overall)
    # 60 patterns cannot all lie in 95 % intervals: each size is one test, of its distance from 2^-size.
    assert min(chains.p_value.values()) > CHAIN_ALPHA
