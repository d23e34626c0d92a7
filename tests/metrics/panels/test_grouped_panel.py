from __future__ import annotations

import numpy as np

from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.contigs import contig_borders, contig_runs


def panel_of(persons, n_sites=40, seed=0):
    alleles = np.random.default_rng(seed).integers(0, 2, (2 * persons, n_sites))
    alleles[:, 0], alleles[:, 1] = 0, 1
    return Haplotypes.from_alleles(alleles, samples=Samples.from_persons([f"P{i}" for i in range(persons)]))


def test_alleles_are_counted_of_everybody_and_without_each_group_of_persons():
    haplotypes = panel_of(43)
    panel = GroupedPanel.of(haplotypes, seed=7)
    assert panel.left_out == range(20)
    alleles = haplotypes.alleles()
    np.testing.assert_array_equal(panel.counted().alternative, alleles.sum(axis=0))
    assert panel.counted().n == len(panel.haplotypes) == 86
    np.testing.assert_array_equal(panel.counted().frequency, alleles.mean(axis=0))
    np.testing.assert_array_equal(panel.counted().varies, np.arange(40) > 1)
    for group in panel.left_out:
        kept = panel.groups != group
        # Both haplotypes of a person are in one group.
        assert np.all(kept[::2] == kept[1::2])
        assert panel.counted(group).n == kept.sum() in (80, 82)
        np.testing.assert_array_equal(panel.counted(group).alternative, alleles[kept].sum(axis=0))


def test_groups_depend_on_the_seed():
    haplotypes = panel_of(43)
    assert not np.array_equal(GroupedPanel.of(haplotypes, 1).groups, GroupedPanel.of(haplotypes, 2).groups)


def test_nobody_is_left_where_one_person_is_left_out():
    panel = GroupedPanel.of(panel_of(1))
    assert panel.by_site.n_groups == 1
    assert len(panel.left_out) == 0


def test_runs_of_contigs():
    sites = Sites.from_columns([5, 9, 2, 4, 4, 1], contig=["1", "1", "X", "X", "X", "1"])
    assert contig_borders(sites).tolist() == [2, 5]
    assert contig_runs(sites).tolist() == [0, 0, 1, 1, 1, 2]
    assert contig_borders(Sites.numbered(3)).tolist() == []
