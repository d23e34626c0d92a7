"""Sampled pairs of sites: which are drawn, and their counts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.pairs import CountedPairs, sample_pairs
from artgen_fast.metrics.uncertainty.intervals import person_groups


def counted(panel, pairs, seed=0):
    return CountedPairs.of(GroupedPanel.of(panel, seed), pairs)


def test_r_squared_is_the_squared_correlation(spaced_halves):
    panel, _ = spaced_halves
    pairs = sample_pairs(panel, seed=0)
    alleles = panel.alleles().astype(float)
    found = counted(panel, pairs).r_squared()
    some = np.random.default_rng(0).choice(len(found), 200, replace=False)
    expected = [np.corrcoef(alleles[:, pairs.first[i]], alleles[:, pairs.second[i]])[0, 1] ** 2 for i in some]
    np.testing.assert_allclose(found[some], expected, atol=1e-12)


def test_leaving_a_group_out_leaves_its_persons_out(spaced_halves):
    panel, _ = spaced_halves
    pairs = sample_pairs(panel, seed=0)
    kept = panel[person_groups(panel.samples.units(), seed=5) != 2]
    np.testing.assert_allclose(
        counted(panel, pairs, seed=5).r_squared(without=2), counted(kept, pairs).r_squared(), atol=1e-12
    )


def test_pairs_are_even_in_log_distance_and_vary():
    alleles = np.random.default_rng(0).integers(0, 2, (50, 400))
    alleles[:, ::4] = 1
    panel = Haplotypes.from_alleles(alleles)
    pairs = sample_pairs(panel, seed=3, pairs_per_gap=100)
    # 300 sites vary; index gaps among those are 1, 2, 4 … 256, each with at least 100 pairs, or all there are.
    varying = np.flatnonzero(np.arange(400) % 4)
    assert np.isin(pairs.first, varying).all()
    place = np.searchsorted(varying, pairs.second) - np.searchsorted(varying, pairs.first)
    gaps, counts = np.unique(place, return_counts=True)
    assert gaps.tolist() == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert np.all(counts >= np.minimum(100, 300 - gaps))
    # The last chain may go over by as many pairs as it has.
    assert np.all(counts < 100 + 300 / gaps)
    assert len(set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))) == len(pairs.first)
    np.testing.assert_array_equal(pairs.distance, pairs.second - pairs.first)


def test_pairs_are_those_of_chains_in_the_order_of_their_sites(spaced_halves):
    panel, _ = spaced_halves
    pairs = sample_pairs(panel, seed=11, pairs_per_gap=150)
    # The same draws, chain by chain, then sorted.
    counts = panel.alleles().sum(axis=0)
    varying = np.flatnonzero((counts > 0) & (counts < len(panel)))
    rng = np.random.default_rng([11, panel.n_sites])
    expected = []
    for gap in (1, 2, 4, 8, 16, 32, 64, 128):
        drawn = 0
        for start in rng.permutation(min(gap, len(varying) - gap)):
            if drawn < 150:
                chain = varying[start::gap]
                expected += itertools.pairwise(chain)
                drawn += len(chain) - 1
    np.testing.assert_array_equal(np.stack([pairs.first, pairs.second], axis=1), sorted(expected))


@pytest.mark.parametrize("n_sites", [1, 2, 3])
def test_pairs_of_few_sites(n_sites):
    pairs = sample_pairs(Haplotypes.from_alleles(np.eye(4, n_sites, dtype=int)))
    assert set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == {
        1: set(), 2: {(0, 1)}, 3: {(0, 1), (0, 2), (1, 2)}
    }[n_sites]  # fmt: skip


def test_pairs_stay_on_one_contig():
    alleles = np.random.default_rng(0).integers(0, 2, (50, 100))
    contig = np.array(["1"] * 60 + ["2"] * 40)
    sites = Sites.from_columns(np.concatenate([np.arange(60), np.arange(40)]) * 1000, contig=contig)
    pairs = sample_pairs(Haplotypes.from_alleles(alleles, sites), seed=0)
    assert np.all(contig[pairs.first] == contig[pairs.second])
    gaps = [1 << power for power in range(7)]
    every = {(site, site + gap) for gap in gaps for site in range(100 - gap) if contig[site] == contig[site + gap]}
    assert set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == every
