"""Packing and unpacking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, pack, unpack, words_for


class TestBits:
    def test_site_j_is_bit_j_mod_64_of_word_j_div_64(self):
        for site in (0, 1, 63, 64, 130, 511, 512):
            alleles = np.zeros((1, 600), np.uint8)
            alleles[0, site] = 1
            expected = np.zeros((1, 16), np.uint64)
            expected[0, site // 64] = np.uint64(1) << np.uint64(site % 64)
            np.testing.assert_array_equal(pack(alleles), expected)

    @pytest.mark.parametrize(
        ("n_sites", "words"), [(0, 0), (1, 8), (512, 8), (513, 16), (10_000, 160), (65_535, 1024), (65_537, 1032)]
    )
    def test_rows_fill_whole_64_byte_lines(self, n_sites, words):
        assert words_for(n_sites) == words
        packed = pack(np.ones((2, n_sites), bool))
        assert (packed.shape, packed.dtype) == ((2, words), np.uint64)
        assert np.bitwise_count(packed).sum() == 2 * n_sites  # padding bits are zero

    @given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=600), elements=st.integers(0, 1)))
    def test_unpack_is_the_inverse_of_pack(self, alleles):
        restored = unpack(pack(alleles), alleles.shape[1])
        assert restored.dtype == np.uint8
        np.testing.assert_array_equal(restored, alleles)

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32])
    @pytest.mark.parametrize("shape", [(1, 1), (3, 7), (70, 130), (129, 65), (2, 0), (0, 9), (30, 40_000)])
    def test_alleles_may_lie_in_memory_in_any_order(self, shape, dtype):
        alleles = (np.random.default_rng(1).random(shape) < 0.4).astype(dtype)
        wide = np.zeros((2 * shape[0], 3 * shape[1]), dtype=dtype)
        wide[::2, ::3] = alleles
        expected = pack(alleles)
        np.testing.assert_array_equal(unpack(expected, shape[1]), alleles)
        for same in (np.asfortranarray(alleles), wide[::2, ::3], np.asfortranarray(wide)[::2, ::3]):
            np.testing.assert_array_equal(pack(same), expected)
        np.testing.assert_array_equal(pack(alleles[::-1, ::-1]), pack(alleles[::-1, ::-1].copy()))

    @pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64])
    def test_any_integer_or_boolean_dtype(self, dtype):
        assert pack(np.array([[0, 1, 1]], dtype))[0, 0] == 6

    @pytest.mark.parametrize(
        ("alleles", "message"),
        [
            (np.zeros(3, int), r"shape \(haplotypes, sites\); got int64 of shape \(3,\)"),
            (np.zeros((2, 2)), r"integer or boolean .* got float64"),
            (np.array([[0, 2]]), "got values from 0 to 2.*split multi-allelic"),
            (np.array([[0, -1]]), "got values from -1 to 0. Drop missing calls"),
            (np.array([[0, 256]]), "got values from 0 to 256"),  # would be 0 as uint8
        ],
    )
    def test_anything_else_is_refused(self, alleles, message):
        with pytest.raises(InputError, match=message):
            pack(alleles)


class TestUnpack:
    @pytest.mark.parametrize("n_sites", [0, 1, 63, 64, 100, 128])
    def test_rows_need_no_padding(self, n_sites):
        packed = np.full((3, 2), 2**64 - 1, np.uint64)
        alleles = unpack(packed, n_sites)
        assert (alleles.shape, alleles.dtype) == ((3, n_sites), np.uint8)
        assert alleles.all()
        assert unpack(packed[:, ::2], 64).all()  # not contiguous

    @pytest.mark.parametrize(
        ("packed", "got"),
        [
            (np.zeros((2, 8), np.int64), r"int64 of shape \(2, 8\)"),
            (np.zeros((2, 8), np.uint8), r"uint8 of shape \(2, 8\)"),
            (np.zeros((2, 8)), r"float64 of shape \(2, 8\)"),
            (np.zeros(8, np.uint64), r"uint64 of shape \(8,\)"),
            ([[1]], "list"),
        ],
        ids=str,
    )
    def test_what_is_not_packed_is_refused(self, packed, got):
        with pytest.raises(InputError, match=rf"must be uint64 of shape \(rows, words\); got {got}\. Make them by"):
            unpack(packed, 3)

    @pytest.mark.parametrize("n_sites", [-1, 513, 3.0, True, None])
    def test_rows_hold_so_many_sites(self, n_sites):
        with pytest.raises(InputError, match=f"from 0 to the 512 that rows of 8 words hold; got {n_sites}"):
            unpack(np.zeros((2, 8), np.uint64), n_sites)

    def test_masked_rows_are_refused(self):
        with pytest.raises(InputError, match="packed haplotypes must have no missing values; got a masked array"):
            unpack(np.ma.zeros((2, 8), np.uint64), 3)


@pytest.mark.parametrize("n_sites", [-1, 1.5, 130.0, True, "8", None])
def test_words_are_for_a_number_of_sites(n_sites):
    with pytest.raises(InputError, match="the number of sites must be a whole number, 0 or more; got"):
        words_for(n_sites)


class TestAllelesThatCannotBePacked:
    @pytest.mark.parametrize("take", [pack, Haplotypes.from_alleles])
    def test_missing_calls_and_rows_of_different_lengths_are_refused(self, take):
        with pytest.raises(InputError, match="alleles must have no missing values; got a masked array"):
            take(np.ma.masked_array([[0, 1]], mask=[[True, False]]))
        with pytest.raises(InputError, match="alleles must be an array in host memory, its rows of one length"):
            take([[0, 1], [1]])
