"""Every engine equals the reference bit for bit, with any number of threads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from artgen_fast import io
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels.shared_haplotypes import longest_shared


def assert_equal_the_reference(case, engine, **threads):
    found = longest_shared(*case, **threads, **engine)
    expected = longest_shared(*case, backend="reference")
    for name, part, expected_part in zip(found._fields, found, expected, strict=True):
        np.testing.assert_array_equal(part, expected_part, err_msg=name)
        assert part.dtype == expected_part.dtype


@pytest.mark.parametrize(
    ("queries", "targets", "sites", "contigs"),
    [
        (1, 1, 1, 1),
        (1, 30, 200, 1),
        (30, 1, 200, 2),
        (0, 5, 70, 1),
        (40, 30, 700, 1),
        (40, 30, 700, 4),
        (90, 60, 300, 60),
        (200, 10, 129, 2),
    ],
)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_shared_stretches(engine, sharing, queries, targets, sites, contigs, threads):
    for seed in range(5):
        assert_equal_the_reference(sharing(queries, targets, sites, contigs, seed), engine, threads=threads)


@pytest.mark.parametrize("rarity", [0.5, 0.03])
def test_panels_without_a_common_past(engine, rarity):
    rng = np.random.default_rng(0)
    panels = [Haplotypes.from_alleles(rng.random((rows, 400)) < rarity) for rows in (50, 40)]
    assert_equal_the_reference((*panels, np.arange(400) * 7, np.array([0, 150, 400])), engine)


def test_copies_are_shared_over_a_whole_contig_and_the_first_of_them_is_named(engine, sharing):
    case = sharing(3, 20, 500, 3)
    alleles = case.targets.alleles()
    alleles[15] = alleles[4]
    targets = Haplotypes.from_alleles(alleles)
    copied = Haplotypes.from_alleles(alleles[[4, 15, 19]])
    largest = int(np.diff(case.bounds).max())
    for chosen in (engine, {"backend": "reference"}):
        result = longest_shared(copied, targets, case.positions, case.bounds, **chosen)
        assert result.sites.tolist() == [largest] * 3
        assert result.target.tolist() == [4, 4, 19]
        spans = [case.positions[b - 1] - case.positions[a] for a, b in pairwise(case.bounds) if b > a]
        assert result.base_pairs.tolist() == [max(spans)] * 3


@pytest.mark.parametrize("copies", [3, 64, 65, 150])
def test_the_first_of_few_and_of_many_equal_targets_is_named(engine, copies):
    rng = np.random.default_rng(copies)
    founders = rng.random((5, 300)) < 0.4
    targets = np.concatenate([founders[1:], np.tile(founders[0], (copies, 1)), founders[1:]])
    order = rng.permutation(len(targets))
    queries = founders.copy()
    queries[:, 200] ^= True
    case = (Haplotypes.from_alleles(queries), Haplotypes.from_alleles(targets[order]), np.arange(300))
    assert_equal_the_reference((*case, np.array([0, 300])), engine, threads=2)


def test_opposites_share_nothing(engine):
    targets = Haplotypes.from_alleles(np.tile(np.array([0, 1], dtype=np.uint8), (4, 40)))
    queries = Haplotypes.from_alleles(1 - targets.alleles()[:2])
    for chosen in (engine, {"backend": "reference"}):
        result = longest_shared(queries, targets, **chosen)
        assert [part.tolist() for part in result] == [[0, 0], [0, 0], [-1, -1], [-1, -1]]


def test_the_longest_by_distance_may_be_another_stretch(engine):
    targets = Haplotypes.from_alleles([[0, 0, 0, 0, 1, 1, 1]])
    queries = Haplotypes.from_alleles([[0, 0, 0, 1, 0, 1, 1]])
    for chosen in (engine, {"backend": "reference"}):
        result = longest_shared(queries, targets, [1, 2, 3, 4, 5, 6, 900], **chosen)
        assert (result.sites[0], result.begin[0], result.base_pairs[0]) == (3, 0, 894)


@pytest.mark.real_data
def test_real_people(engine, real_data):
    panel = io.read(real_data / "panels" / "kg1000_7loci_rephased.npz")[:400, np.r_[10_500:10_700, 40_700:40_900]]
    contig, position = panel.sites.contig, panel.sites.position
    bounds = np.array([0, *(np.flatnonzero(contig[1:] != contig[:-1]) + 1), panel.n_sites])
    assert len(bounds) > 3
    assert_equal_the_reference((panel[:150], panel[150:], position, bounds), engine, threads=2)
