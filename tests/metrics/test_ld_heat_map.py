from __future__ import annotations

import importlib
import json
import math

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics import ld_heat_map
from artgen_fast.metrics.ld_heat_map import LDHeatMap
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups

MODULE = importlib.import_module("artgen_fast.metrics.ld_heat_map")


@pytest.fixture(scope="module")
def halves(founders_panel, without_persons):
    """Two sets with sites fixed in the one, in the other and in both, on two contigs."""
    sites = Sites.from_columns(np.arange(300) * 100 + 7, contig=["1"] * 130 + ["2"] * 170)
    half, other = (panel.alleles() for panel in founders_panel.split_by_person([0.5, 0.5], seed=0))
    half[:, [3, 50]] = 1
    other[:, [50, 51, 299]] = 0
    samples = founders_panel.split_by_person([0.5, 0.5], seed=0)[0].samples
    return Haplotypes.from_alleles(half, sites, samples), without_persons(Haplotypes.from_alleles(other, sites))


def mean_r2(alleles, bins):
    """Mean r² over the pairs of different sites of every two bins, from NumPy's correlations; bins lists sites."""
    with np.errstate(invalid="ignore", divide="ignore"):
        table = np.corrcoef(alleles, rowvar=False) ** 2
    np.fill_diagonal(table, np.nan)
    means = np.full((len(bins), len(bins)), np.nan)
    for a, first in enumerate(bins):
        for b, second in enumerate(bins):
            block = table[np.ix_(first, second)]
            if np.isfinite(block).any():
                means[a, b] = np.nanmean(block)
    return means


def off_diagonal(table):
    return table[np.tril_indices(len(table), -1)]


def varying_in_both(halves):
    tables = [panel.alleles() for panel in halves]
    return np.flatnonzero(np.all([t.min(axis=0) < t.max(axis=0) for t in tables], axis=0))


def bins_of(found, halves, sites):
    """The sites of each bin, by the contig and the positions that the result gives."""
    table = halves[0].sites
    contig = np.repeat(np.array(found.contigs), np.diff([*found.contig_bins, found.bins]))
    return [
        sites[(table.contig[sites] == c) & (table.position[sites] >= low) & (table.position[sites] <= high)]
        for c, low, high in zip(contig, found.first_position, found.last_position, strict=True)
    ]


def test_the_map_is_the_mean_of_squared_correlations(halves):
    found = ld_heat_map(*halves, bins=20)
    sites = varying_in_both(halves)
    assert not np.isin([3, 50, 51, 299], sites).any()
    assert found.sites == found.varying_sites == found.correlation_sites == len(sites)
    bins = bins_of(found, halves, sites)
    np.testing.assert_array_equal(np.concatenate(bins), sites)
    assert found.bins == 20
    expected = [mean_r2(panel.alleles(), bins) for panel in halves]
    below = np.tril_indices(20)
    for values, table in zip((found.real, found.synthetic), expected, strict=True):
        np.testing.assert_allclose(values * 1e-4, table[below], atol=0.5001e-4)
    table = found.mean_r2()
    for row in range(20):
        for column in range(20):
            if row > column:
                assert table[row, column] == pytest.approx(expected[0][row, column], abs=0.5001e-4)
            if row < column:
                assert table[row, column] == pytest.approx(expected[1][row, column], abs=0.5001e-4)
    assert np.isnan(np.diag(table)).all()
    assert found.correlation == pytest.approx(np.corrcoef(*(off_diagonal(each) for each in expected))[0, 1])


def test_bins_are_even_and_meet_at_the_border_of_contigs(halves):
    found = ld_heat_map(*halves, bins=20)
    sites = varying_in_both(halves)
    first = np.count_nonzero(sites < 130)
    assert found.contigs == ("1", "2")
    assert found.contig_bins.tolist() == [0, round(20 * first / len(sites))]
    sizes = [len(each) for each in bins_of(found, halves, sites)]
    even = len(sites) / 20
    assert max(sizes) < 1.5 * even + 1
    assert min(sizes) > even / 2 - 1
    border = found.contig_bins[1]
    assert found.last_position[border - 1] == halves[0].sites.position[sites[first - 1]]
    assert found.first_position[border] == halves[0].sites.position[sites[first]]


def test_contigs_too_short_for_a_bin_share_one(founders_panel):
    contig = ["1"] * 150 + ["2"] * 3 + ["3"] * 2 + ["4"] * 145
    sites = Sites.from_columns(np.arange(300), contig=contig)
    panel = Haplotypes(founders_panel.packed, 300, sites, founders_panel.samples)
    found = ld_heat_map(panel, panel, bins=10)
    assert found.bins == 10
    # The last of the borders that share an edge has it: the two short contigs lie in a bin with the end of the first.
    assert found.contigs == ("1", "4")
    assert found.first_position[found.contig_bins[1]] == 155 + np.argmax(panel.alleles()[:, 155:].any(axis=0))
    many = Haplotypes(
        founders_panel.packed,
        300,
        Sites.from_columns(np.arange(300), contig=[f"c{i // 2}" for i in range(300)]),
        founders_panel.samples,
    )
    assert ld_heat_map(many, many, bins=10).bins == 10


def test_the_jackknife_leaves_out_groups_of_persons_on_both_sides(halves):
    found = ld_heat_map(*halves, bins=8, seed=5)
    bins = bins_of(found, halves, varying_in_both(halves))
    groups = [person_groups(panel.samples.units(), 5) for panel in halves]
    alleles = [panel.alleles() for panel in halves]
    full = [off_diagonal(mean_r2(table, bins)) for table in alleles]
    without = [
        [off_diagonal(mean_r2(table[group != g], bins)) for g in range(20)]
        for table, group in zip(alleles, groups, strict=True)
    ]
    expected = jackknife_interval(
        np.corrcoef(*full)[0, 1],
        [np.corrcoef(each, full[1])[0, 1] for each in without[0]],
        [np.corrcoef(full[0], each)[0, 1] for each in without[1]],
    ).within(-1, 1)
    interval = found.correlation_interval
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-7)


def test_many_sites_are_thinned_evenly_for_the_map_and_more_for_its_correlation(halves, monkeypatch):
    monkeypatch.setattr(MODULE, "MOST_SITES", 100)
    monkeypatch.setattr(MODULE, "CORRELATION_SITES", 60)
    found = ld_heat_map(*halves, bins=10)
    varying = varying_in_both(halves)
    assert (found.sites, found.varying_sites, found.correlation_sites) == (100, len(varying), 60)
    sites = varying[np.rint(np.linspace(0, len(varying) - 1, 100)).astype(int)]
    fewer = sites[np.rint(np.linspace(0, 99, 60)).astype(int)]
    bins = bins_of(found, halves, sites)
    np.testing.assert_array_equal(np.concatenate(bins), sites)
    table = mean_r2(halves[0].alleles(), bins)
    np.testing.assert_allclose(found.real * 1e-4, table[np.tril_indices(10)], atol=0.5001e-4)
    of_fewer = [off_diagonal(mean_r2(p.alleles(), [b[np.isin(b, fewer)] for b in bins])) for p in halves]
    assert found.correlation == pytest.approx(np.corrcoef(*of_fewer)[0, 1])


def test_few_sites_make_few_bins(founders_panel):
    found = ld_heat_map(founders_panel[:, :5], founders_panel[:, :5])
    varying = found.varying_sites
    assert 1 < varying <= 5
    assert found.bins == found.sites == varying
    # A bin of one site has no pair within itself.
    assert [found.real[row * (row + 3) // 2] for row in range(varying)] == [MODULE.NO_PAIRS] * varying
    constant = Haplotypes.from_alleles(np.zeros((480, 5), int))
    empty = ld_heat_map(founders_panel[:, :5], constant)
    assert (empty.bins, empty.sites, empty.contigs) == (0, 0, ())
    assert math.isnan(empty.correlation)
    assert math.isnan(empty.correlation_interval.low)
    assert empty.mean_r2().shape == (0, 0)


def test_lost_linkage_shows_below_the_interval_of_real_people(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    independent = np.random.default_rng(0).random((240, 300)) < half.alleles().mean(axis=0)
    people, binomial = (ld_heat_map(half, s, bins=30) for s in (other, Haplotypes.from_alleles(independent)))
    assert people.correlation_interval.low > binomial.correlation_interval.high
    table = binomial.mean_r2()
    near = np.arange(29)
    assert table[near + 1, near].mean() > 3 * table[near, near + 1].mean()


@pytest.mark.parametrize("bins", [1, 1001, 20.0, True])
def test_numbers_of_bins_out_of_range_are_refused(halves, bins):
    with pytest.raises(InputError, match="bins must be a whole number from 2 to 1000"):
        ld_heat_map(*halves, bins=bins)


def test_a_result_survives_json_and_is_small(halves):
    result = ld_heat_map(*halves)
    plain = to_plain(result)
    assert to_plain(from_plain(LDHeatMap, plain)) == plain
    assert result.bins == 160
    assert len(json.dumps(plain)) < 150_000
