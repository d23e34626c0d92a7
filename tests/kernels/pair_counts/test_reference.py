"""The reference, through the public functions, against counts of unpacked alleles and exact fractions."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, unpack
from artgen_fast.kernels import pair_counts

HALF_A_ULP = Fraction(1, 2**53)


@pytest.fixture(params=[(1, 1), (9, 30), (130, 71)], ids=str)
def haplotypes(panel, request):
    return panel("people", *request.param)


@pytest.fixture
def alleles(haplotypes):
    return unpack(haplotypes.packed, haplotypes.n_sites).astype(np.int64)


@pytest.fixture
def pairs(alleles):
    n_sites = alleles.shape[1]
    return np.meshgrid(np.arange(n_sites), np.arange(n_sites))[0].ravel(), np.repeat(np.arange(n_sites), n_sites)


def test_a_turned_panel_holds_each_group_in_words_of_its_own(haplotypes, alleles, groups):
    labels = groups(len(alleles))
    turned = pair_counts.site_major(haplotypes, labels, backend="reference")
    assert turned.bits.dtype == np.uint64
    assert turned.bits.shape[1] % 8 == 0
    bits = unpack(turned.bits, 64 * turned.bits.shape[1])
    assert turned.group_sizes.tolist() == np.bincount(labels).tolist()
    assert (turned.n_sites, turned.n_haplotypes, turned.n_groups) == (*alleles.shape[::-1], labels.max() + 1)
    for group, (begin, end) in enumerate(pairwise(turned.group_words)):
        of_group = alleles[labels == group]
        np.testing.assert_array_equal(bits[:, 64 * begin : 64 * begin + len(of_group)], of_group.T)
        assert not bits[:, 64 * begin + len(of_group) : 64 * end].any()
        assert end - begin == math.ceil(len(of_group) / 64)
    assert not bits[:, 64 * turned.group_words[-1] :].any()


def test_counts_of_sites(haplotypes, alleles, groups):
    labels = groups(len(alleles))
    turned = pair_counts.site_major(haplotypes, labels, backend="reference")
    np.testing.assert_array_equal(pair_counts.allele_counts(haplotypes, backend="reference"), alleles.sum(axis=0))
    np.testing.assert_array_equal(turned.total, alleles.sum(axis=0))
    of_group = [alleles[labels == group] for group in range(labels.max() + 1)]
    expected = [[sum(x[:, site]) for x in of_group] for site in range(turned.n_sites)]
    assert turned.counts.tolist() == expected


def test_counts_of_pairs_and_triplets(haplotypes, alleles, pairs, groups):
    labels = groups(len(alleles))
    turned = pair_counts.site_major(haplotypes, labels, backend="reference")
    first, second = pairs
    third = (first * 3 + second) % alleles.shape[1]
    for group in range(labels.max() + 1):
        x = alleles[labels == group]
        both = pair_counts.joint_counts(turned, first, second, backend="reference")
        np.testing.assert_array_equal(both[:, group], (x.T @ x)[first, second])
        all_three = pair_counts.joint_counts(turned, first, second, third, backend="reference")
        np.testing.assert_array_equal(
            all_three[:, group], np.einsum("ri,ri,ri->i", *(x[:, s] for s in (*pairs, third)))
        )


def exact_r2(x, y):
    """r² of two columns of 0 and 1, a fraction; None where one is fixed."""
    n, p, q, joint = len(x), int(x.sum()), int(y.sum()), int(x @ y)
    variances = p * (n - p) * q * (n - q)
    return Fraction((n * joint - p * q) ** 2, variances) if variances else None


def test_r2_is_the_exact_fraction_rounded_three_times(haplotypes, alleles, pairs):
    values = pair_counts.r2(haplotypes, *pairs, backend="reference")
    exact = [exact_r2(alleles[:, a], alleles[:, b]) for a, b in zip(*pairs, strict=True)]
    for value, expected in zip(values.tolist(), exact, strict=True):
        if expected is None:
            assert math.isnan(value)
        else:
            # Square, product and quotient each round once: to first order by half a unit in the last place.
            assert abs(Fraction(value) - expected) <= expected * ((1 + HALF_A_ULP) ** 4 - 1)


def test_r2_is_the_square_of_the_correlation(panel):
    haplotypes = panel("people", 500, 60)
    alleles = unpack(haplotypes.packed, 60).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.corrcoef(alleles, rowvar=False) ** 2
    matrix = pair_counts.r2_matrix(haplotypes, backend="reference")
    # NumPy's own rounding, of means of 500 alleles and of their products.
    np.testing.assert_allclose(matrix, expected, rtol=0, atol=500 * np.finfo(float).eps)
    assert np.isnan(matrix).any()
    assert np.nanmax(matrix[~np.eye(60, dtype=bool)]) == 1  # copies of a site


def test_the_matrix_is_r2_of_all_pairs(haplotypes, pairs):
    matrix = pair_counts.r2_matrix(haplotypes, backend="reference")
    np.testing.assert_array_equal(matrix.ravel(), pair_counts.r2(haplotypes, *pairs, backend="reference"))


def test_d_prime_is_the_share_of_the_largest_disequilibrium(haplotypes, alleles, pairs):
    values = pair_counts.d_prime(haplotypes, *pairs, backend="reference")
    for value, a, b in zip(values.tolist(), *pairs, strict=True):
        n = len(alleles)
        p, q = Fraction(int(alleles[:, a].sum()), n), Fraction(int(alleles[:, b].sum()), n)
        d = Fraction(int(alleles[:, a] @ alleles[:, b]), n) - p * q
        largest = min(p * (1 - q), (1 - p) * q) if d > 0 else min(p * q, (1 - p) * (1 - q))
        if p in (0, 1) or q in (0, 1):
            assert math.isnan(value)
        else:
            assert abs(Fraction(value) - abs(d) / largest) <= HALF_A_ULP
            assert 0 <= value <= 1


@pytest.mark.parametrize("edges", [[0, 71], [0, 1, 2, 40, 40, 71], [*range(72)]], ids=["one", "uneven", "each site"])
def test_binned_r2_is_the_mean_over_the_pairs_of_two_bins(panel, edges):
    haplotypes = panel("people", 130, 71)
    matrix = pair_counts.r2_matrix(haplotypes, backend="reference")
    mean, pairs = pair_counts.binned_r2(haplotypes, edges, backend="reference")
    bins = list(pairwise(edges))
    for a, (begin_a, end_a) in enumerate(bins):
        for b, (begin_b, end_b) in enumerate(bins):
            values = [
                matrix[i, j]
                for i in range(begin_a, end_a)
                for j in range(begin_b, end_b)
                if (i < j or a != b) and not math.isnan(matrix[i, j])
            ]
            assert pairs[a, b] == len(values)
            if values:
                # Each value is rounded to a whole number of units; two more roundings are of the mean itself.
                assert abs(mean[a, b] - math.fsum(values) / len(values)) <= 2**-31 + 2**-52
            else:
                assert math.isnan(mean[a, b])


@pytest.mark.parametrize("k", [1, 3, 4, 16])
def test_motifs_are_counted_as_words_over_0_and_1(panel, groups, k):
    haplotypes, labels = panel("people", 130, 71), groups(130)
    texts = ["".join(map(str, row)) for row in unpack(haplotypes.packed, 71)]
    counts = pair_counts.motif_counts(haplotypes, k, groups=labels, backend="reference")
    assert counts.shape == (71 // k, labels.max() + 1, 2**k)
    for window in range(71 // k):
        for group in range(labels.max() + 1):
            words = [text[k * window : k * window + k] for text, g in zip(texts, labels, strict=True) if g == group]
            # The first site is the lowest bit: the last one of a number that is written out.
            expected = Counter(int(word[::-1], 2) for word in words)
            assert {m: int(c) for m, c in enumerate(counts[window, group]) if c} == dict(expected)


def test_answers_small_enough_to_check_by_eye():
    panel = Haplotypes.from_alleles([[1, 0, 0, 1], [1, 1, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0]])
    turned = pair_counts.site_major(panel, [1, 0, 1, 1], backend="reference")
    assert turned.bits[:, :3].tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0], [1, 3, 0]]
    assert turned.counts.tolist() == [[1, 1], [1, 1], [0, 0], [1, 2]]
    assert pair_counts.joint_counts(turned, [0, 3], [1, 3], backend="reference").tolist() == [[1, 0], [1, 2]]
    assert pair_counts.r2(panel, [0, 0, 0], [1, 3, 2], backend="reference").tolist()[:2] == [0, 1 / 3]
    assert pair_counts.motif_counts(panel, 2, backend="reference").tolist() == [[[1, 1, 1, 1]], [[1, 0, 3, 0]]]
