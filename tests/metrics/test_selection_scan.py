from __future__ import annotations

import math
import sys

import allel
import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.selection_scan import SelectionScan, scan, selection_scan, selection_scan_of, sites_to_scan
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval

# The package's attribute of the same name is the function.
MODULE = sys.modules[SelectionScan.__module__]


@pytest.fixture(scope="module")
def halves(without_persons):
    """Two halves of 200 persons, mosaics of 20 founders with long pieces, over two contigs."""
    rng = np.random.default_rng(2)
    founders = rng.random((20, 240)) < rng.beta(0.7, 1, 240)
    switches = np.cumsum(rng.random((400, 240)) < 0.02, axis=1)
    source = rng.integers(0, 20, (400, 240))[np.arange(400)[:, None], switches]
    positions = np.concatenate([np.sort(rng.integers(1, 50_000, 100)), np.sort(rng.integers(1, 80_000, 140))])
    panel = Haplotypes.from_alleles(
        founders[source, np.arange(240)],
        Sites.from_columns(positions, ["1"] * 100 + ["2"] * 140),
        Samples.from_persons([f"P{i}" for i in range(200)]),
    )
    half, other = panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other)


def ihs(alleles, positions):
    """Unstandardised iHS by scikit-allel, which stops where EHH is not above its least value."""
    return allel.ihs(
        alleles.T.astype(np.int8), positions, min_ehh=np.nextafter(0.05, 0), min_maf=0, include_edges=True,
        gap_scale=10**9, max_gap=10**9, use_threads=False,
    )  # fmt: skip


def scores(panel, alleles, sites):
    """The same of each contig by itself, NaN where fewer than 10 carry an allele."""
    found = np.full(panel.n_sites, np.nan)
    for contig in np.unique(panel.sites.contig):
        own = panel.sites.contig == contig
        with np.errstate(all="ignore"):
            found[own] = ihs(alleles[:, own], panel.sites.position[own])
    counts = alleles.sum(axis=0)
    found[np.minimum(counts, len(alleles) - counts) < 10] = np.nan
    return found[sites]


def test_scores_are_scikit_allel_s(halves):
    result = selection_scan(*halves, seed=1)
    sites = sites_to_scan(GroupedPanel.of(halves[0], 1), 1)
    expected = [scores(panel, panel.alleles(), sites) for panel in halves]
    for found, of_set in zip((result.real_score, result.synthetic_score), expected, strict=True):
        known = np.isfinite(of_set)
        assert known.sum() > 50
        np.testing.assert_allclose(found[known], of_set[known], atol=5.1e-5)
        assert np.isnan(found[~known]).all()
    both = np.isfinite(expected[0]) & np.isfinite(expected[1])
    assert result.n_sites == np.count_nonzero(both)
    assert result.correlation == pytest.approx(np.corrcoef(expected[0][both], expected[1][both])[0, 1])
    np.testing.assert_array_equal(result.position, halves[0].sites.position[sites])
    assert result.contig == tuple(halves[0].sites.contig[sites])
    assert to_plain(from_plain(SelectionScan, to_plain(result))) == to_plain(result)


def test_intervals_leave_out_groups_of_persons(halves):
    result = selection_scan(*halves, seed=3)
    panels = [GroupedPanel.of(panel, 3) for panel in halves]
    sites = sites_to_scan(panels[0], 3)
    scanned = [scan(panel, sites) for panel in panels]
    left_out = []
    for place, (panel, of_set) in enumerate(zip(panels, scanned, strict=True)):
        whole = np.isfinite(of_set.whole)
        for group in (0, 7, 19):
            alone = scores(halves[place], halves[place].alleles()[panel.groups != group], sites)
            known = whole & np.isfinite(alone)
            np.testing.assert_allclose(of_set.without[group][known], alone[known])
        other = scanned[1 - place].whole
        left_out.append(
            [
                np.corrcoef(part[both], other[both])[0, 1]
                for part in of_set.without
                for both in [np.isfinite(part) & np.isfinite(other)]
            ]
        )
    expected = jackknife_interval(result.correlation, *left_out)
    assert len(left_out[0]) == 20
    interval = result.correlation_interval
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_scores_are_standardised_within_bins_of_frequency(halves):
    panels = [GroupedPanel.of(panel, 1) for panel in halves]
    sites = sites_to_scan(panels[0], 1)
    scanned = [scan(panel, sites).whole for panel in panels]
    frequency = halves[0].alleles().mean(axis=0)[sites]
    both = np.isfinite(scanned[0]) & np.isfinite(scanned[1])
    parts = []
    for own in (
        10 * np.argsort(np.argsort(frequency, kind="stable"), kind="stable") // len(sites) == b for b in range(10)
    ):
        x, y = (of_set[own & both] for of_set in scanned)
        parts.append(np.stack([(z - z.mean()) / z.std(ddof=1) for z in (x, y)]))
    expected = np.corrcoef(np.concatenate(parts, axis=1))[0, 1]
    assert selection_scan(*halves, seed=1).standardised_correlation == pytest.approx(expected)


def test_two_halves_agree_and_independent_sites_do_not(halves):
    real, other = halves
    alike = selection_scan(real, other)
    alleles = np.random.default_rng(0).random((200, 240)) < real.alleles().mean(axis=0)
    broken = selection_scan(real, Haplotypes.from_alleles(alleles, real.sites))
    assert broken.correlation_interval.high < alike.correlation
    assert broken.standardised_correlation_interval.high < alike.standardised_correlation
    itself = selection_scan(real, real)
    assert itself.correlation == pytest.approx(1)
    assert itself.standardised_correlation == pytest.approx(1)


def test_sites_are_common_spread_and_capped(monkeypatch, halves):
    counted = GroupedPanel.of(halves[0])
    minor = np.minimum(counted.allele_counts, 200 - counted.allele_counts)
    possible = np.flatnonzero(minor >= 10)
    np.testing.assert_array_equal(sites_to_scan(counted), possible)
    monkeypatch.setattr(MODULE, "MOST_SITES", 30)
    sites = sites_to_scan(counted, 1)
    assert np.isin(sites, possible).all()
    edges = np.arange(31) * len(possible) // 30
    place = np.searchsorted(possible, sites)
    assert np.all((edges[:-1] <= place) & (place < edges[1:]))
    assert not np.array_equal(sites, sites_to_scan(counted, 2))


def test_no_more_walks_at_once_give_the_same(monkeypatch, halves):
    whole = to_plain(selection_scan(*halves))
    monkeypatch.setattr(MODULE, "_SITES_AT_ONCE", 7)
    assert to_plain(selection_scan(*halves, threads=2)) == whole


def test_without_a_score_there_is_nothing(halves):
    real, _ = halves
    constant = Haplotypes.from_alleles(np.zeros((200, 240), int), real.sites)
    lost = selection_scan(real, constant)
    assert lost.n_sites == 0
    assert math.isnan(lost.correlation)
    assert math.isnan(lost.standardised_correlation_interval.low)
    nothing = selection_scan(constant, real)
    assert nothing.contig == ()
    counted = GroupedPanel.of(real)
    none = scan(counted, np.zeros(0, dtype=np.int64))
    assert selection_scan_of(counted, np.zeros(0, dtype=np.int64), none, none).n_sites == 0
    with pytest.raises(InputError, match="must have the same sites"):
        selection_scan(real, constant[:, 1:])


@pytest.mark.real_data
def test_scores_of_real_people_are_scikit_allel_s(panels):
    panel = panels("kg1000_chr1_d1s1656_rephased")[:, 2_000:3_500]
    real, other = panel[:300], panel[300:700]
    result = selection_scan(real, other)
    sites = sites_to_scan(GroupedPanel.of(real))
    assert len(sites) > 100
    for found, panel in ((result.real_score, real), (result.synthetic_score, other)):
        expected = scores(panel, panel.alleles(), sites)
        np.testing.assert_allclose(found, expected, atol=5.1e-5)
    assert result.correlation > 0.5
