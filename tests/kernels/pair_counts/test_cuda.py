"""The CUDA backend: its device code compiles, and does the right thing when a CPU stands in for the GPU.

On a machine with a GPU and CuPy the tests of `test_exactness` run it for real.
"""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.kernels.pair_counts import reference

KERNELS = ["transpose", "allele_counts", "joint_counts", "r2", "r2_matrix", "r2_sums", "motif_counts"]


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_nvcc_compiles_it_without_a_warning(compiled_by_nvcc, architecture):
    said = compiled_by_nvcc(architecture)
    assert all(f"'pair_counts_{name}'" in said for name in KERNELS)
    assert said.count("0 bytes spill stores") == len(KERNELS)  # their sums stay in registers


@pytest.fixture
def cuda(cuda_on_the_host):
    return cuda_on_the_host(1)


def assert_same(answer, expected):
    assert (answer.dtype, answer.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(answer, expected)


@pytest.mark.parametrize(("rows", "sites"), [(1, 1), (65, 7), (513, 65), (70, 300)])
@pytest.mark.parametrize("kind", ["noise", "people", "single bits", "ones"])
def test_turning_and_counting_equal_the_reference(cuda, panel, turned, kind, rows, sites):
    packed, bits = panel(kind, rows, sites).packed, turned(kind, rows, sites).bits
    row_of_bit = np.full(64 * bits.shape[1], -1)
    row_of_bit[np.random.default_rng(0).permutation(len(row_of_bit))[:rows]] = np.arange(rows)
    assert_same(cuda.transpose(packed, sites, row_of_bit), reference.transpose(packed, sites, row_of_bit))
    assert_same(cuda.allele_counts(packed, sites), reference.allele_counts(packed, sites))


@pytest.mark.parametrize(("rows", "sites"), [(1, 1), (65, 7), (513, 65), (1030, 130)])
@pytest.mark.parametrize("kind", ["noise", "people", "single bits", "ones"])
def test_counts_and_r2_equal_the_reference(cuda, turned, kind, rows, sites):
    panel = turned(kind, rows, sites, grouped=True)
    grouped, whole = (panel.bits, panel.group_words), (panel.bits, panel.total, rows)
    assert_same(cuda.site_counts(*grouped), reference.site_counts(*grouped))
    first, second, third = np.random.default_rng(0).integers(0, sites, (3, 300))
    for last in (None, third):
        assert_same(
            cuda.joint_counts(*grouped, first, second, last), reference.joint_counts(*grouped, first, second, last)
        )
    assert_same(cuda.r2(*whole, first, second), reference.r2(*whole, first, second))
    assert_same(cuda.r2_matrix(*whole), reference.r2_matrix(*whole))
    for edges in ([0, sites], [0, 0, sites // 3, sites // 2, sites], range(sites + 1)):
        bins = np.array(edges)
        for part, expected in zip(cuda.r2_sums(*whole, bins), reference.r2_sums(*whole, bins), strict=True):
            assert_same(part, expected)


@pytest.mark.parametrize("k", [1, 3, 7, 12])
def test_motif_counts_equal_the_reference(cuda, panel, groups, k):
    for kind, rows, sites in (("noise", 70, 300), ("people", 130, 65), ("single bits", 1, 64)):
        packed, labels = panel(kind, rows, sites).packed, groups(rows)
        order, ends = np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))
        for first in (0, sites // k // 2):
            arguments = (packed, k, first, sites // k - first, order, ends)
            assert_same(cuda.motif_counts(*arguments), reference.motif_counts(*arguments))


def test_more_blocks_than_a_launch_may_have(cuda, panel, turned, monkeypatch):
    # As if two blocks in y were the most: each goes through several words, tiles and rows.
    monkeypatch.setattr(cuda, "MOST_SHARES", 2)
    monkeypatch.setattr(cuda, "ROW_SHARES", 2)
    haplotypes, site_major = panel("people", 1030, 300), turned("people", 1030, 300)
    row_of_bit = np.r_[np.arange(1030), np.full(64 * site_major.bits.shape[1] - 1030, -1)]
    assert_same(cuda.transpose(haplotypes.packed, 300, row_of_bit), site_major.bits)
    assert_same(cuda.allele_counts(haplotypes.packed, 300), site_major.total)
    whole, edges = (site_major.bits, site_major.total, 1030), np.array([0, 70, 300])
    assert_same(cuda.r2_matrix(*whole), reference.r2_matrix(*whole))
    assert_same(cuda.r2_sums(*whole, edges)[0], reference.r2_sums(*whole, edges)[0])


def test_nothing_is_launched_for_nothing(cuda, panel, turned):
    site_major = turned("noise", 65, 7)
    none = np.empty(0, np.int64)
    assert cuda.joint_counts(site_major.bits, site_major.group_words, none, none, None).shape == (0, 1)
    assert cuda.r2(site_major.bits, site_major.total, 65, none, none).shape == (0,)
    assert cuda.allele_counts(panel("noise", 65, 7).packed[:0], 7).tolist() == [0] * 7


def test_the_device_code_is_found(cuda, device_code):
    assert cuda.source_path().read_text("utf-8") == device_code.read_text("utf-8")
