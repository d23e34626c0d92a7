from __future__ import annotations

import math

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.metrics import seam_ld
from artgen_fast.metrics.seam_ld import INSIDE

SEAMS = [40, 80]


def chained(rng, breaks=()):
    """500 haplotypes at 120 sites, each site the one before it with a few errors, but at breaks."""
    switches = rng.random((500, 120)) < 0.05
    for site in (0, *breaks):
        switches[:, site] = rng.random(500) < 0.5
    sites = Sites.from_columns(np.arange(1, 121), contig="1", ref="A", alt="C")
    return Haplotypes.from_alleles(np.cumsum(switches, axis=1) % 2, sites)


@pytest.fixture(scope="module")
def real():
    return chained(np.random.default_rng(0))


def brute_force(panel, other, place, reach):
    """Mean r² of both panels over the pairs around a place, by NumPy's correlation."""
    means = []
    for alleles in (panel.alleles(), other.alleles()):
        pairs = [(a, b) for a in range(max(place - reach, 0), place) for b in range(place, min(place + reach, 120))]
        means.append(np.mean([np.corrcoef(alleles[:, a], alleles[:, b])[0, 1] ** 2 for a, b in pairs]))
    return means


def test_means_are_those_of_brute_force(real):
    other = chained(np.random.default_rng(1), breaks=[40])
    found = seam_ld(real, other, SEAMS, reach=6)
    assert found.seams.tolist() == SEAMS
    assert len(found.inside) == 3 * INSIDE
    for places, ours, theirs in (
        (found.seams, found.real_across, found.synthetic_across),
        (found.inside, found.real_inside, found.synthetic_inside),
    ):
        for place, mine, other_mean in zip(places, ours, theirs, strict=True):
            np.testing.assert_allclose([mine, other_mean], brute_force(real, other, place, 6), rtol=1e-9)
    assert found.across_ratio == pytest.approx(found.synthetic_across.sum() / found.real_across.sum())
    assert found.inside_ratio == pytest.approx(found.synthetic_inside.sum() / found.real_inside.sum())


def test_linkage_lost_at_a_seam_shows_there_and_not_inside(real):
    whole = seam_ld(real, chained(np.random.default_rng(2)), SEAMS, reach=6)
    broken = seam_ld(real, chained(np.random.default_rng(3), breaks=SEAMS), SEAMS, reach=6)
    assert whole.across_ratio == pytest.approx(1, abs=0.15)
    assert whole.inside_ratio == pytest.approx(1, abs=0.15)
    assert broken.across_ratio < 0.05
    assert broken.inside_ratio == pytest.approx(1, abs=0.15)


def test_pairs_of_two_contigs_and_fixed_sites_do_not_count(real):
    sites = Sites.from_columns(np.arange(1, 121), ["1"] * 40 + ["2"] * 80, "A", "C")
    alleles = real.alleles()
    alleles[:, 79] = 0
    panel = Haplotypes.from_alleles(alleles, sites)
    found = seam_ld(panel, panel, SEAMS, reach=1)
    assert math.isnan(found.real_across[0])
    assert math.isnan(found.real_across[1])  # its one pair has the fixed site
    assert math.isnan(found.across_ratio)
    assert found.inside_ratio == pytest.approx(1)
    assert np.isfinite(seam_ld(panel, panel, SEAMS, reach=2).real_across[1])


def test_wrong_arguments_are_refused(real):
    for seams in ([], [0], [120], [50, 40], [40, 40], [3.7], [True], [[40]], ["40"]):
        with pytest.raises(InputError, match="seams must be ascending sites, whole numbers from 1 to 119"):
            seam_ld(real, real, seams)
    with pytest.raises(InputError, match="reach must be a whole number of at least 1; got 0"):
        seam_ld(real, real, SEAMS, reach=0)
    assert seam_ld(real, real, SEAMS, reach=10**20).reach == 10**20
    with pytest.raises(InputError, match="must have the same sites"):
        seam_ld(real, real[:, 1:], SEAMS)


def test_few_rows_are_compared_with_as_few(real):
    # Of 40 independent rows the mean r² is 1/39, of 500 real ones here about 1/499 where linkage is broken.
    rng = np.random.default_rng(4)
    few = Haplotypes.from_alleles(rng.integers(0, 2, (40, 120)), real.sites)
    many = Haplotypes.from_alleles(rng.integers(0, 2, (500, 120)), real.sites)
    ratios = [seam_ld(many, few, SEAMS, reach=6), seam_ld(few, many, SEAMS, reach=6)]
    for found in ratios:
        assert found.across_ratio == pytest.approx(1, abs=0.2)
        assert found.n == 40
    assert ratios[0].cut.startswith("real (500) cut at random, by person, to 40 haplotypes")
    whole = seam_ld(real, many, SEAMS, reach=6)
    assert (whole.n, whole.cut) == (500, "")
    again = seam_ld(many, few, SEAMS, reach=6, seed=1)
    assert again.real_across.tolist() != ratios[0].real_across.tolist()
    assert again.synthetic_across.tolist() == ratios[0].synthetic_across.tolist()
