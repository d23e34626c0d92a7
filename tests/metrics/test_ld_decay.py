from __future__ import annotations

import math

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics.ld_decay import distance_edges, ld_decay, ld_decay_of
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.pairs import CountedPairs, common_pairs, sample_pairs
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups


def counted(panel, pairs, seed=0):
    return CountedPairs.of(GroupedPanel.of(panel, seed), pairs)


def test_edges_reach_the_longest_contig():
    sites = Sites.from_columns([10, 500, 20, 100_020], contig=["1", "1", "2", "2"])
    edges = distance_edges(sites)
    assert edges[:5].tolist() == [0, 25, 50, 75, 100]
    assert len(edges) == 4 + 17
    assert edges[-1] > 100_000
    assert np.diff(np.log(edges[4:])) == pytest.approx(np.full(16, np.log(100_001 / 100) / 16))
    assert distance_edges(Sites.numbered(90)).tolist() == [0, 25, 50, 75, 100]


def test_binned_means_and_score(spaced_halves):
    real, synthetic = spaced_halves
    result = ld_decay(real, synthetic, seed=2)
    pairs = sample_pairs(real, seed=2)
    with np.errstate(invalid="ignore"):
        tables = [np.corrcoef(panel.alleles(), rowvar=False) ** 2 for panel in (real, synthetic)]
    r_real, r_synthetic = (table[pairs.first, pairs.second] for table in tables)
    kept = np.isfinite(r_real) & np.isfinite(r_synthetic)
    assert result.dropped_pairs == np.count_nonzero(~kept)
    which = np.digitize(pairs.distance, result.edges) - 1
    real_means, synthetic_means = [], []
    for place in range(len(result.edges) - 1):
        chosen = kept & (which == place)
        assert result.pairs[place] == np.count_nonzero(chosen)
        if chosen.any():
            real_means.append(r_real[chosen].mean())
            synthetic_means.append(r_synthetic[chosen].mean())
            assert result.real[place] == pytest.approx(real_means[-1])
            assert result.synthetic_sd[place] == pytest.approx(r_synthetic[chosen].std(ddof=1))
            assert result.real_sem[place] == pytest.approx(r_real[chosen].std(ddof=1) / np.sqrt(chosen.sum()))
        else:
            assert math.isnan(result.real[place])
    assert result.pairs.sum() == np.count_nonzero(kept)
    differences = np.abs(np.array(synthetic_means) - real_means).sum()
    assert result.score == pytest.approx(1 - differences / np.sum(real_means))
    assert result.ratio == pytest.approx(r_synthetic[kept].sum() / r_real[kept].sum())
    assert result.correlation == pytest.approx(np.corrcoef(real_means, synthetic_means)[0, 1])
    assert result.pair_correlation == pytest.approx(np.corrcoef(r_real[kept], r_synthetic[kept])[0, 1])
    assert result.score_interval.contains(result.score)
    assert result.rmse == pytest.approx(np.sqrt(np.mean((r_synthetic[kept] - r_real[kept]) ** 2)))


def test_the_jackknife_recomputes_the_statistics_without_each_group(spaced_halves):
    real, synthetic = spaced_halves
    result = ld_decay(real, synthetic, seed=4)
    pairs = sample_pairs(real, seed=4)
    bins = np.digitize(pairs.distance, result.edges) - 1

    def statistics(first, second):
        with np.errstate(invalid="ignore", divide="ignore"):
            x, y = (
                (np.corrcoef(panel.alleles(), rowvar=False) ** 2)[pairs.first, pairs.second]
                for panel in (first, second)
            )
        kept = np.isfinite(x) & np.isfinite(y)
        means = np.array([[values[kept & (bins == b)].mean() for values in (x, y)] for b in np.unique(bins[kept])]).T
        x, y = x[kept], y[kept]
        return (
            y.sum() / x.sum(),
            np.corrcoef(means)[0, 1],
            np.corrcoef(x, y)[0, 1],
            np.sqrt(np.mean((x - y) ** 2)),
        )  # fmt: skip

    groups = [person_groups(panel.samples.units(), 4) for panel in (real, synthetic)]
    left_out = (
        [statistics(real[groups[0] != group], synthetic) for group in range(20)],
        [statistics(real, synthetic[groups[1] != group]) for group in range(20)],
    )
    names = ("ratio", "correlation", "pair_correlation", "rmse")
    for place, (name, value) in enumerate(zip(names, statistics(real, synthetic), strict=True)):
        expected = jackknife_interval(value, *(np.array(table)[:, place] for table in left_out))
        expected = expected.within(*((-1, 1) if name.endswith("correlation") else (0, np.inf)))
        found = getattr(result, f"{name}_interval")
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def lewontin(p, q, both):
    """|D'| of one pair from the four haplotype frequencies."""
    d = both - p * q
    return abs(d) / (min(p * (1 - q), q * (1 - p)) if d >= 0 else min(p * q, (1 - p) * (1 - q)))


def test_d_prime_by_distance(spaced_halves):
    real, synthetic = spaced_halves
    result = ld_decay(real, synthetic)
    pairs = sample_pairs(real)
    tables = []
    for panel in (real, synthetic):
        alleles = panel.alleles().astype(float)
        p, q, both = (
            alleles[:, pairs.first],
            alleles[:, pairs.second],
            alleles[:, pairs.first] * alleles[:, pairs.second],
        )
        p, q, both = p.mean(axis=0), q.mean(axis=0), both.mean(axis=0)
        vary = (p > 0) & (p < 1) & (q > 0) & (q < 1)
        tables.append([lewontin(*each) if v else np.nan for *each, v in zip(p, q, both, vary, strict=True)])
    kept = np.isfinite(tables).all(axis=0)
    which = np.digitize(pairs.distance, result.edges) - 1
    for found, values in zip((result.real_d_prime, result.synthetic_d_prime), np.array(tables), strict=True):
        for place in np.flatnonzero(result.pairs):
            assert found[place] == pytest.approx(values[kept & (which == place)].mean())
    assert np.isfinite(result.real_d_prime).sum() > 5


def test_real_people_score_high_and_independent_sites_low(spaced_halves):
    real, other = spaced_halves
    independent = np.random.default_rng(0).random((240, 300)) < real.alleles().mean(axis=0)
    binomial = ld_decay(real, Haplotypes.from_alleles(independent, real.sites))
    assert ld_decay(real, other).score > 0.85
    assert binomial.score < 0.3
    assert binomial.ratio < 0.5


def test_sites_fixed_in_the_synthetic_set_are_dropped(spaced_halves):
    real, _ = spaced_halves
    alleles = real.alleles()
    alleles[:, :150] = 0
    result = ld_decay(real, Haplotypes.from_alleles(alleles, real.sites))
    assert 0 < result.dropped_pairs < result.sampled_pairs
    assert result.pairs.sum() == result.sampled_pairs - result.dropped_pairs
    assert result.score == pytest.approx(1)


@pytest.mark.parametrize("fixed", ["real", "synthetic"])
def test_there_is_no_score_where_a_set_does_not_vary(spaced_halves, fixed):
    real, synthetic = spaced_halves
    constant = Haplotypes.from_alleles(np.zeros((240, 300), int), real.sites)
    result = ld_decay(constant, synthetic) if fixed == "real" else ld_decay(real, constant)
    assert math.isnan(result.score)
    assert result.pairs.sum() == 0


def fixed_at(panel, sites):
    alleles = panel.alleles()
    alleles[:, sites] = 0
    return Haplotypes.from_alleles(alleles, panel.sites, panel.samples)


def test_several_sets_are_scored_on_the_pairs_that_vary_in_all(spaced_halves):
    panel, other = spaced_halves
    pairs = sample_pairs(panel, seed=0)
    first, second = fixed_at(other, [10, 11]), fixed_at(other, [200])
    common = common_pairs([counted(first, pairs), counted(second, pairs)])
    lost = np.isin(pairs.first, [10, 11, 200]) | np.isin(pairs.second, [10, 11, 200])
    np.testing.assert_array_equal(common, np.isfinite(counted(other, pairs).r_squared()) & ~lost)
    real = counted(panel, pairs)
    edges = distance_edges(panel.sites)
    scored = [ld_decay_of(edges, real, counted(each, pairs), common=common) for each in (first, second)]
    np.testing.assert_array_equal(scored[0].pairs, scored[1].pairs)
    assert scored[0].dropped_pairs == scored[1].dropped_pairs == np.count_nonzero(~common)
    # On the common pairs both sets are the same people's.
    assert scored[0].score == scored[1].score
    assert scored[0].score_interval == scored[1].score_interval
    alone = [ld_decay_of(edges, real, counted(each, pairs)) for each in (first, second)]
    assert alone[0].score != alone[1].score


def test_a_set_that_lost_most_sites_does_not_empty_the_others(spaced_halves):
    panel, other = spaced_halves
    pairs = sample_pairs(panel, seed=0)
    broken = fixed_at(other, np.arange(0, 300, 3))
    common = common_pairs([counted(other, pairs), counted(broken, pairs)])
    np.testing.assert_array_equal(common, np.isfinite(counted(other, pairs).r_squared()))
