"""Every engine equals the reference, with any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.identical_haplotypes import haplotype_classes, identical_pairs


def walks(n_sites, rng, number=12):
    cores = rng.integers(0, n_sites, number)
    return cores, rng.integers(0, 2, number), np.where(rng.random(number) < 0.5, n_sites, -1)


def assert_equal_the_reference(panel, rng, least, threads, engine):
    arguments = walks(panel.n_sites, rng)
    found = identical_pairs(panel, *arguments, least=least, threads=threads, **engine)
    for pairs, expected in zip(found, identical_pairs(panel, *arguments, least, backend="reference"), strict=True):
        np.testing.assert_array_equal(pairs, expected)
        assert pairs.dtype == expected.dtype
    begins = rng.integers(0, panel.n_sites + 1, 6)
    ends = np.minimum(panel.n_sites, begins + rng.integers(0, 40, 6))
    classes = haplotype_classes(panel, begins, ends, threads=threads, **engine)
    expected_classes = haplotype_classes(panel, begins, ends, backend="reference")
    np.testing.assert_array_equal(classes, expected_classes)
    assert classes.dtype == expected_classes.dtype


@pytest.mark.parametrize(
    ("haplotypes", "sites", "groups"),
    [(1, 1, 1), (2, 70, 1), (63, 90, 1), (64, 90, 2), (65, 90, 9), (300, 150, 20), (700, 40, 3)],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_walks_and_windows(engine, relatives, haplotypes, sites, groups, threads):
    for seed in range(4):
        panel, *_ = relatives(haplotypes, sites, groups, seed)
        for least in (0.0, 0.05, 0.5, 1.0):
            assert_equal_the_reference(panel, np.random.default_rng(seed), least, threads, engine)


@pytest.mark.parametrize("frequency", [0.0, 0.5, 1.0])
def test_haplotypes_without_a_common_past(engine, frequency):
    alleles = np.random.default_rng(0).random((200, 60)) < frequency
    panel = pair_counts.site_major(Haplotypes.from_alleles(alleles), np.arange(200) % 7, backend="reference")
    assert_equal_the_reference(panel, np.random.default_rng(1), 0.05, 2, engine)


def test_default_backend_and_memory_maps(engine, relatives, tmp_path):
    panel, *_ = relatives(65, 90, 9)
    panel.bits.tofile(tmp_path / "bits")
    mapped = pair_counts.SiteMajor(
        np.memmap(tmp_path / "bits", np.uint64, "r", shape=panel.bits.shape),
        panel.group_words,
        panel.group_sizes,
        panel.counts,
    )
    assert_equal_the_reference(mapped, np.random.default_rng(0), 0.05, 2, engine)
    np.testing.assert_array_equal(
        haplotype_classes(mapped, [3], [50]), haplotype_classes(panel, [3], [50], backend="reference")
    )
    assert np.array_equal(
        identical_pairs(mapped, [3], [0], [90])[0], identical_pairs(panel, [3], [0], [90], backend="reference")[0]
    )
