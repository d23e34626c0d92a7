from __future__ import annotations

import json
import math

import allel
import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.haplotype_homozygosity import HaplotypeHomozygosity, choose_cores, haplotype_homozygosity
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval

CORES = [5, 60, 119, 120, 200, 290]


@pytest.fixture(scope="module")
def halves(without_persons):
    """Two halves of 240 persons, mosaics of 30 founders with long pieces, over two contigs."""
    rng = np.random.default_rng(1)
    founders = rng.random((30, 300)) < rng.beta(0.6, 1.2, 300)
    founders[:, CORES] = np.arange(30)[:, None] % (3 + np.arange(6)) == 0
    switches = np.cumsum(rng.random((480, 300)) < 0.02, axis=1)
    source = rng.integers(0, 30, (480, 300))[np.arange(480)[:, None], switches]
    positions = np.concatenate([np.sort(rng.integers(1, 50_000, 120)), np.sort(rng.integers(1, 80_000, 180))])
    panel = Haplotypes.from_alleles(
        founders[source, np.arange(300)],
        Sites.from_columns(positions, ["1"] * 120 + ["2"] * 180),
        Samples.from_persons([f"P{i}" for i in range(240)]),
    )
    half, other = panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other)


def ehh(alleles, sites, core, allele):
    """Distances and EHH of both sides by scikit-allel, out to the first site where it is below 0.05."""
    carriers = alleles[alleles[:, core] == allele].astype(np.int8)
    same = np.flatnonzero(sites.contig == sites.contig[core])
    for path in (np.arange(core, same[0] - 1, -1), np.arange(core, same[-1] + 1)):
        decay = np.asarray(allel.ehh_decay(carriers[:, path].T))
        # scikit-allel gives 0 at the core where all the others differ, too.
        decay[0] = 1
        end = np.flatnonzero(decay < 0.05)
        length = end[0] + 1 if len(end) else len(decay)
        yield np.abs(sites.position[path[:length]] - sites.position[core]), decay[:length]


def numbers(real, synthetic, sites, cores):
    """Difference and iHH of each core and allele, side by side."""
    shape = len(cores), 2
    difference, integrals = np.empty(shape), np.empty((2, *shape))
    for i, core in enumerate(cores):
        for allele in (0, 1):
            sides = [list(ehh(alleles, sites, core, allele)) for alleles in (real, synthetic)]
            apart, integral = [], [0.0, 0.0]
            for side in (0, 1):
                longest = max(len(of_set[side][1]) for of_set in sides)
                padded = [np.r_[of_set[side][1], np.zeros(longest - len(of_set[side][1]))] for of_set in sides]
                apart += np.abs(padded[0] - padded[1])[1:].tolist()
                for place, of_set in enumerate(sides):
                    distance, decay = of_set[side]
                    integral[place] += np.trapezoid(decay, distance)
            difference[i, allele] = np.mean(apart)
            integrals[:, i, allele] = integral
    return difference, integrals


def headline(difference, integrals):
    logs = np.log(1 + integrals).reshape(2, -1)
    return difference.mean(), integrals[1].sum() / integrals[0].sum(), np.corrcoef(logs)[0, 1]


def test_decays_are_scikit_allel_s(halves):
    result = haplotype_homozygosity(*halves, cores=CORES)
    sites = halves[0].sites
    difference, integrals = numbers(*(panel.alleles() for panel in halves), sites, CORES)
    np.testing.assert_allclose(result.cores.difference, difference)
    np.testing.assert_allclose(result.cores.real_integrated, integrals[0])
    np.testing.assert_allclose(result.cores.synthetic_integrated, integrals[1])
    values = result.difference, result.integrated_ratio, result.integrated_correlation
    assert values == pytest.approx(headline(difference, integrals))
    assert result.cores.position.tolist() == sites.position[CORES].tolist()
    assert result.cores.contig == ("1", "1", "1", "2", "2", "2")
    assert result.cores.synthetic_frequency == pytest.approx(halves[1].alleles().mean(axis=0)[CORES].round(2))
    assert to_plain(from_plain(HaplotypeHomozygosity, to_plain(result))) == to_plain(result)


def test_intervals_leave_out_groups_of_persons(halves):
    result = haplotype_homozygosity(*halves, cores=CORES, seed=3)
    alleles = [panel.alleles() for panel in halves]
    groups = [GroupedPanel.of(panel, seed=3).groups for panel in halves]
    sites = halves[0].sites
    without_real = [headline(*numbers(alleles[0][groups[0] != g], alleles[1], sites, CORES)) for g in range(20)]
    without_synthetic = [headline(*numbers(alleles[0], alleles[1][groups[1] != g], sites, CORES)) for g in range(20)]
    limits = {"difference": (0, 1), "integrated_ratio": (0, np.inf), "integrated_correlation": (-1, 1)}
    for place, name in enumerate(limits):
        value, interval = getattr(result, name), getattr(result, f"{name}_interval")
        left_out = (np.array(values)[:, place] for values in (without_real, without_synthetic))
        expected = jackknife_interval(value, *left_out).within(*limits[name])
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_what_is_drawn_is_ehh_at_the_last_site_within_a_distance(halves):
    result = haplotype_homozygosity(*halves, cores=CORES).cores
    distances = result.distances
    assert len(distances) == 41
    np.testing.assert_array_equal(distances, -distances[::-1])
    reached = 0.0
    for i, core in enumerate(CORES):
        for allele in (0, 1):
            sides = list(ehh(halves[0].alleles(), halves[0].sites, core, allele))
            reached = max(reached, *(side[0][-1] for side in sides))
            for value, distance in zip(result.real[i, allele], distances, strict=True):
                at, decay = sides[0 if distance < 0 else 1]
                within = decay[at <= abs(distance)]
                if abs(distance) <= at[-1]:
                    assert value == pytest.approx(within[-1], abs=5e-5)
                elif decay[-1] < 0.05:
                    assert value == 0
                else:
                    assert math.isnan(value)
    assert np.isnan(result.real).any()
    assert distances[-1] >= reached - 0.1


@pytest.mark.real_data
def test_integrals_of_real_people_give_scikit_allel_s_ihs(panels):
    panel = panels("kg1000_chr1_d1s1656_rephased")[:300, 2_000:3_500]
    cores = choose_cores(GroupedPanel.of(panel), 12, seed=1)
    result = haplotype_homozygosity(panel, panel, cores=cores)
    score = allel.ihs(
        panel.alleles().T.astype(np.int8),
        panel.sites.position,
        min_ehh=np.nextafter(0.05, 0),  # it stops where EHH is not above this
        min_maf=0,
        include_edges=True,
        gap_scale=10**9,
        max_gap=10**9,
        use_threads=False,
    )
    found = np.log(result.cores.real_integrated[:, 1] / result.cores.real_integrated[:, 0])
    np.testing.assert_allclose(found, score[cores])
    assert (result.difference, result.integrated_ratio) == (0, 1)


@pytest.mark.real_data
def test_two_halves_of_real_people_agree(panels):
    half, other = panels("kg1000_chr1_d1s1656_rephased").split_by_person([0.5, 0.5], seed=0)
    result = haplotype_homozygosity(half, other)
    assert result.integrated_ratio_interval.contains(1)
    assert result.integrated_correlation > 0.9


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["805_SNP_GAN_AG_20000epochs", "805_SNP_RBM_AG_800Epochs"])
def test_decays_of_published_genomes_are_scikit_allel_s(panels, name):
    # Sites far apart, on 22 contigs: EHH falls within a few of them.
    real, published = panels("805_SNP_1000G_real")[:600], panels(name)[:600]
    cores = choose_cores(GroupedPanel.of(real), 8, seed=1)
    result = haplotype_homozygosity(real, published, cores=cores)
    difference, integrals = numbers(real.alleles(), published.alleles(), real.sites, cores)
    np.testing.assert_allclose(result.cores.difference, difference)
    np.testing.assert_allclose(result.cores.real_integrated, integrals[0])
    np.testing.assert_allclose(result.cores.synthetic_integrated, integrals[1])
    assert (result.cores.real_integrated > 0).all()
    assert 0 < result.difference < 1


def test_broken_haplotypes_show(halves):
    real, other = halves
    independent = np.random.default_rng(0).random((240, 300)) < real.alleles().mean(axis=0)
    broken = haplotype_homozygosity(real, Haplotypes.from_alleles(independent, real.sites), cores=CORES)
    assert broken.integrated_ratio_interval.high < 1
    assert broken.difference > haplotype_homozygosity(real, other, cores=CORES).difference_interval.high


def test_alleles_of_few_carriers_are_left_out(halves):
    real, other = halves
    alleles = other.alleles()
    alleles[:, 60] = np.arange(240) < 9
    alleles[:, 200] = 1
    result = haplotype_homozygosity(real, Haplotypes.from_alleles(alleles, real.sites), cores=CORES)
    for values in (result.cores.difference, result.cores.real_integrated, result.cores.synthetic_integrated):
        assert np.argwhere(np.isnan(values)).tolist() == [[1, 1], [4, 0]]
    assert np.argwhere(np.isnan(result.cores.real).all(axis=2)).tolist() == [[1, 1], [4, 0]]
    assert result.difference == pytest.approx(np.nanmean(result.cores.difference))


def test_cores_are_common_and_spread(halves):
    counted = GroupedPanel.of(halves[0])
    minor = np.minimum(counted.allele_counts, 240 - counted.allele_counts)
    possible = np.flatnonzero(minor >= 12)
    cores = choose_cores(counted, 8, seed=2)
    assert np.isin(cores, possible).all()
    # One from each eighth of them.
    assert (np.searchsorted(possible, cores) * 8 // len(possible)).tolist() == list(range(8))
    assert not np.array_equal(cores, choose_cores(counted, 8, seed=3))
    assert np.array_equal(cores, choose_cores(counted, 8, seed=2))
    # Ten carriers at least, in small panels, too; no more cores than sites.
    few = GroupedPanel.of(halves[0][:60])
    counts = few.allele_counts
    assert np.all(np.minimum(counts, 60 - counts)[choose_cores(few, 32)] >= 10)
    only = GroupedPanel.of(halves[0][:, [5, 60]])
    assert choose_cores(only, 32).tolist() == [0, 1]


def test_without_a_core_there_is_nothing(halves):
    real, other = halves
    constant = Haplotypes.from_alleles(np.zeros((240, 300), int), real.sites)
    result = haplotype_homozygosity(constant, other)
    assert result.cores.contig == ()
    assert math.isnan(result.difference)
    assert math.isnan(result.integrated_ratio)
    assert math.isnan(result.integrated_correlation_interval.low)
    # The carriers of REF are all alike where nothing varies.
    fixed = haplotype_homozygosity(real, constant, cores=CORES)
    assert np.isnan(fixed.cores.difference).tolist() == [[False, True]] * 6
    assert fixed.integrated_ratio > 1


@pytest.mark.parametrize(
    ("cores", "message"),
    [
        ([], "cores must be the indices of 1 to 32 sites"),
        (list(range(33)), r"got int64 of shape \(33,\)"),
        ([1.5], r"got float64 of shape \(1,\)"),
        ([3, 300], "cores must be different site indices from 0 to 299; got"),
        ([-1], "from 0 to 299"),
        ([3, 3], "different"),
    ],
)
def test_cores_are_checked(halves, cores, message):
    with pytest.raises(InputError, match=message):
        haplotype_homozygosity(*halves, cores=cores)


@pytest.mark.parametrize("n_cores", [0, 33, 2.0])
def test_their_number_is_checked(halves, n_cores):
    with pytest.raises(InputError, match="n_cores must be a whole number from 1 to 32; got"):
        haplotype_homozygosity(*halves, n_cores=n_cores)


def test_the_result_stays_small(halves):
    result = haplotype_homozygosity(*halves, n_cores=32)
    assert len(result.cores.position) == 32
    assert len(json.dumps(to_plain(result))) < 60_000
