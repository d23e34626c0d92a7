"""Every backend and instruction set equals the reference, bit for bit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artgen_fast.haplotypes import Haplotypes, unpack
from artgen_fast.io import read
from artgen_fast.kernels import dispatch, pair_counts
from artgen_fast.kernels.pair_counts import reference

KINDS = ["noise", "people", "single bits", "zeros", "ones"]
ROWS = [1, 2, 63, 64, 65, 511, 512, 513, 1000]
"""Around words, lines and slices of sums."""

SITES = [1, 7, 64, 65, 513]
"""Around words, tiles and blocks."""


def assert_same(answer, expected):
    assert (answer.dtype, answer.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(answer, expected)


def assert_same_panel(answer, expected):
    for name in ("bits", "group_words", "group_sizes", "counts"):
        assert_same(getattr(answer, name), getattr(expected, name))


def all_pairs(sites, at_most=3000):
    """Pairs in mixed order, some of them more than once, some of a site with itself."""
    rng = np.random.default_rng(sites)
    first, second = rng.integers(0, sites, (2, min(at_most, sites * sites)))
    second[::17] = first[::17]
    first[1::5], second[1::5] = first[0], second[0]
    return first, second


def sampled_triplets(sites):
    first, second = all_pairs(sites, 700)
    return first, second, (first * 5 + second * 3) % sites


def bins(sites, kind):
    match kind:
        case "one":
            return [0, sites]
        case "each site":
            return [*range(sites + 1)]
        case "uneven":
            return sorted({0, sites} | set(np.random.default_rng(sites).integers(0, sites + 1, 5).tolist()))
        case "some empty":
            return [0, 0, sites // 3, sites // 3, sites, sites]


def test_the_compiled_module_is_here():
    # Without it the tests below would pass on Numba alone.
    if dispatch.backend_availability("compiled").reason.startswith("it is disabled"):
        pytest.skip("the compiled module is disabled on purpose")
    assert dispatch.backend_availability("compiled").reason == ""
    assert {level.name: level.usable for level in dispatch.instruction_sets("pair_counts")}["portable"]


@pytest.mark.parametrize("sites", SITES)
@pytest.mark.parametrize("rows", ROWS)
def test_turning_a_panel(engine, panel, turned, groups, rows, sites):
    for kind in KINDS:
        haplotypes = panel(kind, rows, sites)
        assert_same_panel(pair_counts.site_major(haplotypes, **engine), turned(kind, rows, sites))
        assert_same_panel(
            pair_counts.site_major(haplotypes, groups(rows), **engine), turned(kind, rows, sites, grouped=True)
        )


@pytest.mark.parametrize("rows", [1, 64, 65, 511, 513])
@pytest.mark.parametrize("sites", SITES)
def test_turning_twice_gives_the_panel_back(engine, panel, rows, sites):
    haplotypes = panel("noise", rows, sites)
    once = pair_counts.site_major(haplotypes, **engine)
    twice = pair_counts.site_major(once.bits, **engine)
    np.testing.assert_array_equal(twice.bits[:rows], haplotypes.packed)
    assert not twice.bits[rows:].any()


@pytest.mark.parametrize("words", [1, 2, 7, 9, 65, 300])
def test_arrays_of_any_number_of_words(engine, words):
    rows = np.random.default_rng(words).integers(0, 2**64, (70, words), dtype=np.uint64)
    assert_same_panel(pair_counts.site_major(rows, **engine), pair_counts.site_major(rows, backend="reference"))
    assert_same(pair_counts.allele_counts(rows, **engine), reference.allele_counts(rows, 64 * words))
    for k in (5, 11):
        assert_same(pair_counts.motif_counts(rows, k, **engine), pair_counts.motif_counts(rows, k, backend="reference"))


def test_allele_counts_of_more_than_two_bytes(engine):
    rng = np.random.default_rng(5)
    few, often = rng.integers(0, 2**64, (2, 1, 8), dtype=np.uint64), int(rng.integers(65_600, 66_000))
    rows = np.concatenate([np.repeat(few[0], often, axis=0), np.repeat(few[1], 70_000 - often, axis=0)])
    expected = [unpack(each, 512)[0].astype(np.int64) for each in few]
    found = pair_counts.allele_counts(rows, **engine)
    np.testing.assert_array_equal(found, often * expected[0] + (70_000 - often) * expected[1])
    assert found.max() == 70_000


@pytest.mark.parametrize("sites", [*SITES, 5000])
@pytest.mark.parametrize("rows", [*ROWS, 255, 256, 254])
def test_allele_counts(engine, panel, rows, sites):
    for kind in KINDS[:3] if sites == 5000 else KINDS:
        haplotypes = panel(kind, rows, sites)
        assert_same(pair_counts.allele_counts(haplotypes, **engine), reference.allele_counts(haplotypes.packed, sites))


@pytest.mark.parametrize("rows", [126, 127, 128, 129, 2047, 2048, 4095, 4100])
def test_counts_about_to_take_another_bit(engine, rows):
    packed = np.full((rows, 9), 2**64 - 1, dtype=np.uint64)
    packed[-1, :4] = 0
    assert_same(pair_counts.allele_counts(packed, **engine), np.repeat([rows - 1, rows], [4 * 64, 5 * 64]))


@pytest.mark.parametrize(("rows", "words"), [(1023, 8), (2500, 8), (5000, 3), (70, 512), (70, 513), (1100, 530)])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_rows_and_columns_are_shared_out_to_threads(engine, rows, words, threads):
    packed = np.random.default_rng(rows).integers(0, 2**64, (rows, words), dtype=np.uint64)
    packed[:, 0] = 2**64 - 1  # as many as there can be
    found = pair_counts.allele_counts(packed, threads=threads, **engine)
    assert_same(found, reference.allele_counts(packed, 64 * words))
    assert found[0] == rows


@pytest.mark.parametrize("grouped", [False, True], ids=["one group", "groups"])
@pytest.mark.parametrize("sites", SITES)
@pytest.mark.parametrize("rows", ROWS)
def test_joint_counts(engine, turned, rows, sites, grouped):
    tuples = sampled_triplets(sites)
    for kind in KINDS:
        site_major = turned(kind, rows, sites, grouped)
        for chosen in (tuples[:2], tuples):
            assert_same(
                pair_counts.joint_counts(site_major, *chosen, **engine),
                pair_counts.joint_counts(site_major, *chosen, backend="reference"),
            )


@pytest.mark.parametrize("sites", SITES)
@pytest.mark.parametrize("rows", ROWS)
def test_r2_and_d_prime(engine, turned, rows, sites):
    pairs = all_pairs(sites)
    in_order = tuple(np.sort(pairs, axis=1))
    for kind in KINDS:
        site_major = turned(kind, rows, sites, True)
        for first, second in (pairs, in_order):
            assert_same(
                pair_counts.r2(site_major, first, second, **engine),
                pair_counts.r2(site_major, first, second, backend="reference"),
            )
        assert_same(
            pair_counts.d_prime(site_major, *pairs, **engine),
            pair_counts.d_prime(site_major, *pairs, backend="reference"),
        )


@cache
def expected_matrix(kind, rows, sites, grouped, turned):
    return pair_counts.r2_matrix(turned(kind, rows, sites, grouped), backend="reference")


@pytest.mark.parametrize("sites", SITES)
@pytest.mark.parametrize("rows", [1, 2, 65, 512, 513])
def test_r2_matrix(engine, turned, rows, sites):
    for kind in KINDS:
        assert_same(
            pair_counts.r2_matrix(turned(kind, rows, sites, True), **engine),
            expected_matrix(kind, rows, sites, True, turned),
        )


@cache
def expected_bins(kind, rows, sites, edges, turned):
    return pair_counts.binned_r2(turned(kind, rows, sites), bins(sites, edges), backend="reference")


@pytest.mark.parametrize("edges", ["one", "each site", "uneven", "some empty"])
@pytest.mark.parametrize("sites", [1, 2, 7, 64, 65, 130])
@pytest.mark.parametrize("rows", [1, 65, 1000])
def test_binned_r2(engine, turned, rows, sites, edges):
    for kind in ("noise", "people", "ones"):
        answer = pair_counts.binned_r2(turned(kind, rows, sites), bins(sites, edges), **engine)
        for part, expected in zip(answer, expected_bins(kind, rows, sites, edges, turned), strict=True):
            assert_same(part, expected)


def test_sums_of_r2_round_half_to_even(engine):
    # Of n = 3·2¹⁶ haplotypes a third carry the first allele, half the second, and 2¹⁵ + d both: r² is d² / 2³¹, and in
    # units of 2⁻³⁰ half of an odd number.
    third = 2**16
    alleles = np.zeros((3 * third, 4), bool)
    alleles[:third, 0] = True
    for site, d in enumerate((1, 3, -5), start=1):
        both = third // 2 + d
        alleles[:both, site] = True
        alleles[third : third + 3 * third // 2 - both, site] = True
    turned = pair_counts.site_major(Haplotypes.from_alleles(alleles), **engine)
    assert pair_counts.r2(turned, [0, 0, 0], [1, 2, 3], **engine).tolist() == [1 / 2**31, 9 / 2**31, 25 / 2**31]
    mean = pair_counts.binned_r2(turned, [0, 1, 2, 3, 4], **engine).mean
    assert mean[0, 1:].tolist() == [0, 4 / 2**30, 12 / 2**30]
    assert mean[1:, 0].tolist() == [0, 4 / 2**30, 12 / 2**30]


@cache
def expected_motifs(kind, rows, sites, k, panel, groups):
    return pair_counts.motif_counts(panel(kind, rows, sites), k, groups=groups(rows), backend="reference")


@pytest.mark.parametrize("k", [1, 3, 4, 5, 7, 8, 12, 16])
@pytest.mark.parametrize(("rows", "sites"), [(1, 64), (65, 65), (70, 513), (1000, 130)])
def test_motif_counts(engine, panel, groups, k, rows, sites):
    # Windows of 3, 5, 7 and 12 sites straddle two words, those of 5 and 7 two lines as well.
    # Those of 16 do not, and have 2¹⁶ motifs a group: a few are enough.
    kinds, sites = (KINDS[:3], sites) if k < 16 else (["people"], min(sites, 130))
    for kind in kinds:
        expected = expected_motifs(kind, rows, sites, k, panel, groups)
        haplotypes = panel(kind, rows, sites)
        assert_same(pair_counts.motif_counts(haplotypes, k, groups=groups(rows), **engine), expected)
        together = expected.sum(axis=1, dtype=np.int32, keepdims=True)
        assert_same(pair_counts.motif_counts(haplotypes, k, **engine), together)
        # Some of the windows alone.
        first = len(expected) // 3
        for count in {0, 1, len(expected) - first}:
            assert_same(
                pair_counts.motif_counts(haplotypes, k, first, count, **engine), together[first : first + count]
            )


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_more_than_a_thread_takes_at_a_time(engine, panel, turned, groups, threads):
    rows, sites = 300, 1300
    haplotypes, site_major = panel("people", rows, sites), turned("people", rows, sites, True)
    options = {**engine, "threads": threads}
    assert_same_panel(pair_counts.site_major(haplotypes, groups(rows), **options), site_major)
    assert_same(pair_counts.allele_counts(haplotypes, **options), site_major.total)
    pairs = all_pairs(sites, 20_000)
    for count in (pair_counts.joint_counts, pair_counts.r2):
        assert_same(count(site_major, *pairs, **options), expected_of_many_pairs(count, turned))
    matrix = expected_matrix("people", rows, sites, True, turned)
    assert_same(pair_counts.r2_matrix(site_major, **options), matrix)
    answer = pair_counts.binned_r2(site_major, bins(sites, "uneven"), **options)
    for part, expected in zip(answer, expected_bins("people", rows, sites, "uneven", turned), strict=True):
        assert_same(part, expected)
    motifs = expected_motifs("people", rows, sites, 5, panel, groups)
    assert_same(pair_counts.motif_counts(haplotypes, 5, groups=groups(rows), **options), motifs)


@cache
def expected_of_many_pairs(count, turned):
    return count(turned("people", 300, 1300, True), *all_pairs(1300, 20_000), backend="reference")


@settings(max_examples=30, deadline=None)
@given(data=st.data(), rows=st.integers(1, 12), sites=st.integers(1, 12))
def test_small_panels(engine, data, rows, sites):
    alleles = data.draw(st.lists(st.lists(st.booleans(), min_size=sites, max_size=sites), min_size=rows, max_size=rows))
    labels = np.unique(data.draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)), return_inverse=True)[1]
    site_major = pair_counts.site_major(Haplotypes.from_alleles(alleles), labels, **engine)
    expected = pair_counts.site_major(Haplotypes.from_alleles(alleles), labels, backend="reference")
    assert_same_panel(site_major, expected)
    pairs = all_pairs(sites)
    for count in (pair_counts.joint_counts, pair_counts.r2):
        assert_same(count(site_major, *pairs, **engine), count(expected, *pairs, backend="reference"))
    assert_same(pair_counts.r2_matrix(site_major, **engine), pair_counts.r2_matrix(expected, backend="reference"))


def test_no_pairs(engine, turned):
    site_major = turned("noise", 65, 7)
    assert_same(pair_counts.joint_counts(site_major, [], [], **engine), np.empty((0, 1), np.int32))
    assert_same(pair_counts.joint_counts(site_major, [], [], [], **engine), np.empty((0, 1), np.int32))
    assert_same(pair_counts.r2(site_major, [], [], **engine), np.empty(0))
    assert_same(pair_counts.d_prime(site_major, [], [], **engine), np.empty(0))


def test_no_windows_and_no_haplotypes(engine, panel):
    haplotypes = panel("noise", 65, 7)
    assert_same(pair_counts.motif_counts(haplotypes, 8, **engine), np.empty((0, 1, 256), np.int32))
    assert_same(pair_counts.motif_counts(haplotypes, 3, 1, 0, **engine), np.empty((0, 1, 8), np.int32))
    assert_same(pair_counts.allele_counts(haplotypes[:0], **engine), np.zeros(7, np.int64))


def test_chosen_sites(engine, turned):
    sites = np.array([5, 60, 61, 0, 5])
    taken = turned("people", 130, 65, True).take(sites)
    matrix = expected_matrix("people", 130, 65, True, turned)[np.ix_(sites, sites)]
    assert_same(pair_counts.r2_matrix(taken, **engine), matrix)


@pytest.mark.real_data
def test_real_haplotypes(engine, real_data):
    # Against NumPy, not the reference: counts of unpacked alleles, and r² as the square of a correlation.
    haplotypes = read(real_data / "panels" / "kg1000_7loci_rephased.npz")
    rng = np.random.default_rng(0)
    counts = pair_counts.allele_counts(haplotypes, **engine)
    sites = np.sort(rng.choice(haplotypes.n_sites, 300, replace=False))
    alleles = np.stack([haplotypes.packed[:, site // 64] >> np.uint64(site % 64) & np.uint64(1) for site in sites], 1)
    np.testing.assert_array_equal(counts[sites], alleles.sum(axis=0))

    site_major = pair_counts.site_major(haplotypes, **engine)
    np.testing.assert_array_equal(site_major.total, counts)
    first, second = np.triu_indices(len(sites), 1)
    values = pair_counts.r2(site_major, sites[first], sites[second], **engine)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.corrcoef(alleles.astype(float), rowvar=False)[first, second] ** 2
    assert np.isfinite(expected).sum() > 10_000
    # Only NumPy rounds before the last operations: means of 5,008 alleles and of their products.
    np.testing.assert_allclose(values, expected, rtol=0, atol=5008 * np.finfo(float).eps)
    np.testing.assert_array_equal(values, pair_counts.r2(site_major, sites[first], sites[second], backend="reference"))


@pytest.mark.parametrize("word", range(8))
def test_rows_may_begin_at_any_word(engine, word):
    rows = np.random.default_rng(word).integers(0, 2**64, (70, 16), dtype=np.uint64)
    memory = np.zeros(rows.size + 8, np.uint64)
    shifted = memory[word : word + rows.size].reshape(rows.shape)
    shifted[:] = rows
    expected = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little").sum(axis=0)
    np.testing.assert_array_equal(pair_counts.allele_counts(shifted, **engine), expected)
    np.testing.assert_array_equal(pair_counts.site_major(shifted, **engine).total, expected)
