from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics import three_point
from artgen_fast.metrics.three_point import ThreePoint, draw_triplets
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups


@pytest.fixture(scope="module")
def halves(founders_panel, without_persons):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other[:180])


def eight_correlations(alleles, sites):
    """F_abc - F_ab F_c - F_bc F_a - F_ac F_b + 2 F_a F_b F_c for each choice of three alleles: (triplets, 8)."""
    columns = []
    for a, b, c in itertools.product((0, 1), repeat=3):
        x, y, z = ((alleles[:, sites[:, place]] == allele).astype(float) for place, allele in enumerate((a, b, c)))
        f = {"a": x, "b": y, "c": z, "ab": x * y, "bc": y * z, "ac": x * z, "abc": x * y * z}
        f = {name: table.mean(axis=0) for name, table in f.items()}
        columns.append(f["abc"] - f["ab"] * f["c"] - f["bc"] * f["a"] - f["ac"] * f["b"] + 2 * f["a"] * f["b"] * f["c"])
    return np.stack(columns, axis=1)


def kinds_of(result):
    return [*result.by_distance, result.random]


def test_r_and_slope_are_over_all_eight_combinations_of_alleles(halves):
    real, synthetic = halves
    result = three_point(real, synthetic, seed=1)
    triplets = [kind for kind in draw_triplets(real.sites, seed=1) if len(kind.sites)]
    assert [each.sites_between for each in kinds_of(result)] == [1, 4, 16, 64, None]
    for found, kind in zip(kinds_of(result), triplets, strict=True):
        assert found.sites_between == kind.sites_between
        x, y = (eight_correlations(panel.alleles(), kind.sites) for panel in halves)
        # What the formula's r = Σκκ′ / √(Σκ² Σκ′²) rests on: one size a triplet, both signs four times.
        np.testing.assert_allclose(np.abs(x), np.abs(x[:, :1]) * np.ones(8), atol=1e-12)
        np.testing.assert_allclose(x.sum(axis=1), 0, atol=1e-12)
        assert found.triplets == len(x)
        assert found.r == pytest.approx(stats.pearsonr(x.ravel(), y.ravel()).statistic)
        assert found.slope == pytest.approx(stats.linregress(x.ravel(), y.ravel()).slope)
        # The pitfall: one correlation a triplet, centred.
        assert abs(found.r - stats.pearsonr(x[:, -1], y[:, -1]).statistic) > 1e-6


def test_the_density_counts_all_eight_by_their_real_and_synthetic_value(halves):
    real, synthetic = halves
    result = three_point(real, synthetic)
    for found, kind in zip(kinds_of(result), [k for k in draw_triplets(real.sites) if len(k.sites)], strict=True):
        x, y = (eight_correlations(panel.alleles(), kind.sites).ravel() for panel in halves)
        largest = max(np.abs(x).max(), np.abs(y).max())
        assert found.edges[-1] == -found.edges[0] == pytest.approx(largest)
        np.testing.assert_allclose(found.edges, -found.edges[::-1], atol=1e-15)
        inside = (np.clip(np.round(each, 13), found.edges[0], found.edges[-1]) for each in (x, y))
        np.testing.assert_array_equal(found.density, np.histogram2d(*inside, bins=found.edges)[0])
        assert found.density.sum() == 8 * found.triplets


def test_the_jackknife_leaves_out_groups_of_persons_on_both_sides(halves):
    real, synthetic = halves
    result = three_point(real, synthetic, seed=2)
    triplets = [kind for kind in draw_triplets(real.sites, seed=2) if len(kind.sites)]
    alleles = [panel.alleles() for panel in halves]
    groups = [person_groups(panel.samples.units(), 2) for panel in halves]

    def r_and_slope(x, y, sites):
        x, y = eight_correlations(x, sites).ravel(), eight_correlations(y, sites).ravel()
        return (x @ y) / math.sqrt((x @ x) * (y @ y)), (x @ y) / (x @ x)

    for found, kind in zip(kinds_of(result), triplets, strict=True):
        value = r_and_slope(*alleles, kind.sites)
        left_out = (
            np.array([r_and_slope(alleles[0][groups[0] != g], alleles[1], kind.sites) for g in range(20)]),
            np.array([r_and_slope(alleles[0], alleles[1][groups[1] != g], kind.sites) for g in range(20)]),
        )
        for place, interval in enumerate((found.r_interval, found.slope_interval)):
            expected = jackknife_interval(value[place], *(table[:, place] for table in left_out))
            assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_triplets_are_different_ordered_and_as_many_as_wanted_or_as_there_are():
    triplets = draw_triplets(Sites.numbered(1400), seed=3)
    assert [kind.sites_between for kind in triplets] == [1, 4, 16, 64, 256, 512, 1024, None]
    for kind in triplets[:-1]:
        gap = kind.sites_between + 1
        available = max(1400 - 2 * gap, 0)
        np.testing.assert_array_equal(np.diff(kind.sites, axis=1), gap)
        assert len(kind.sites) == len(np.unique(kind.sites[:, 0])) == min(1000, available)
        assert np.all(np.diff(kind.sites[:, 0]) > 0)
        assert kind.sites.size == 0 or 0 <= kind.sites.min() <= kind.sites.max() < 1400
    random = triplets[-1].sites
    assert random.shape == (1000, 3)
    assert np.all(np.diff(random, axis=1) > 0)
    # The smallest, middle and largest of three uniform values have means of 1/4, 2/4 and 3/4.
    np.testing.assert_allclose(random.mean(axis=0) / 1400, [0.25, 0.5, 0.75], atol=0.03)
    same, other = draw_triplets(Sites.numbered(1400), seed=3), draw_triplets(Sites.numbered(1400), seed=4)
    assert all(np.array_equal(a.sites, b.sites) for a, b in zip(triplets, same, strict=True))
    assert not np.array_equal(triplets[0].sites, other[0].sites)


def test_all_triplets_of_three_sites_are_equally_likely():
    random = draw_triplets(Sites.numbered(5), seed=0)[-1].sites
    kinds, counts = np.unique(random, axis=0, return_counts=True)
    assert len(kinds) == 10
    assert stats.chisquare(counts).pvalue > 1e-3


def test_no_triplet_spans_contigs():
    contig = np.array(["1"] * 90 + ["2"] * 40 + ["3"] * 2 + ["1"] * 20)
    sites = Sites.from_columns(np.arange(152), contig=contig)
    triplets = draw_triplets(sites, seed=0)
    for kind in triplets:
        assert np.all(contig[kind.sites] == contig[kind.sites[:, :1]])
        assert np.all((kind.sites < 130) == (kind.sites[:, :1] < 130))
    assert len(triplets[0].sites) == 86 + 36 + 16
    assert [len(kind.sites) for kind in triplets[3:-1]] == [0, 0, 0, 0]
    # A contig's triplets are as many as the ways to choose three of its 90, 40 or 20 sites.
    runs = np.select([triplets[-1].sites[:, 0] < 90, triplets[-1].sites[:, 0] < 130], [0, 1], 2)
    expected = np.array([117_480, 9_880, 1_140]) / 128_500 * 1000
    assert stats.chisquare(np.bincount(runs, minlength=3), expected).pvalue > 1e-3


def test_distances_without_room_are_left_out_and_named(founders_panel):
    result = three_point(founders_panel, founders_panel)
    assert result.left_out == (256, 512, 1024)
    assert [each.triplets for each in result.by_distance] == [296, 290, 266, 170]
    few = three_point(founders_panel[:, :4], founders_panel[:, :4])
    assert few.by_distance == ()
    assert few.left_out == (1, 4, 16, 64, 256, 512, 1024)
    assert few.random.triplets == 1000
    pair = three_point(founders_panel[:, :2], founders_panel[:, :2]).random
    assert pair.triplets == pair.density.sum() == 0
    assert math.isnan(pair.r)
    assert math.isnan(pair.r_interval.low)


def test_the_same_rows_agree_and_independent_sites_do_not(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    independent = np.random.default_rng(0).random((240, 300)) < half.alleles().mean(axis=0)
    same = three_point(half, half)
    people = three_point(half, other)
    binomial = three_point(half, Haplotypes.from_alleles(independent))
    for equal in kinds_of(same):
        assert equal.r == pytest.approx(1)
        assert equal.slope == pytest.approx(1)
    # The panel's founders are cut into stretches of 33 sites on average: farther triplets are independent in all sets.
    for alike, different in zip(people.by_distance[:2], binomial.by_distance[:2], strict=True):
        assert alike.r_interval.low > different.r_interval.high
    assert people.by_distance[0].r > 0.8
    assert abs(binomial.by_distance[0].slope) < 0.2


def test_r_does_not_see_that_structure_is_halved_but_slope_does(founders_panel):
    # Half of the rows keep their structure, the others lose it: every correlation is about half as large.
    alleles = founders_panel.alleles()
    shuffled = np.random.default_rng(0).permuted(alleles, axis=0)
    mixed = Haplotypes.from_alleles(np.concatenate([alleles, shuffled]))
    nearest = three_point(founders_panel, mixed).by_distance[0]
    assert nearest.r > 0.9
    assert nearest.slope == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("fixed", ["real", "synthetic"])
def test_r_is_undefined_where_nothing_varies(halves, fixed):
    constant = Haplotypes.from_alleles(np.ones((240, 300), int))
    sets = (constant, halves[1]) if fixed == "real" else (halves[0], constant)
    nearest = three_point(*sets).by_distance[0]
    assert math.isnan(nearest.r)
    assert math.isnan(nearest.slope) == (fixed == "real")


def test_correlations_at_a_fixed_site_are_exactly_zero():
    # In floating point F_abc - … + 2 F_a F_b F_c leaves rounding noise, of which r would make something.
    rng = np.random.default_rng(0)
    alleles = rng.integers(0, 2, (211, 30))
    alleles[:, ::2] = 1
    real, synthetic = Haplotypes.from_alleles(alleles[:107]), Haplotypes.from_alleles(alleles[107:])
    # Of sites p, p + 2, p + 4 all or none vary; of p, p + 5, p + 10 always some do not.
    by_distance = {each.sites_between: each for each in three_point(real, synthetic).by_distance}
    assert math.isnan(by_distance[4].r)
    assert by_distance[4].density[20, 20] == by_distance[4].density.sum()
    assert not math.isnan(by_distance[1].r)


def test_one_person_alone_has_no_interval():
    alleles = np.random.default_rng(0).integers(0, 2, (2, 20))
    alone = Haplotypes.from_alleles(alleles, samples=Samples.from_persons(["P"]))
    other = Haplotypes.from_alleles(np.random.default_rng(1).integers(0, 2, (40, 20)))
    assert all(math.isnan(each.r_interval.low) for each in kinds_of(three_point(alone, other)))


def test_results_survive_json(halves):
    result = three_point(*halves)
    plain = to_plain(result)
    assert to_plain(from_plain(ThreePoint, plain)) == plain
    assert from_plain(ThreePoint, plain).random.sites_between is None
