"""Every backend and instruction set against dense products in float64, within a bound on its rounding errors."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, pack
from artgen_fast.kernels import bit_product
from artgen_fast.kernels.bit_product import reference

ADDITIONS = 8 + 8 + 8
"""Float32 additions that a term may go through: in its table, over the bytes of a word, over the words of a sum."""

UNIT_ROUNDOFF = 2.0**-24

SIDES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 511, 512, 513, 1025]
"""Around bytes, words and the sums that go to float64."""


@pytest.fixture(scope="module")
def normal():
    rng = np.random.default_rng(1)

    def deviates(rows: int, columns: int) -> np.ndarray:
        return rng.standard_normal((rows, columns)).astype(np.float32)

    return deviates


def panel_of(rows: int, n_sites: int, share: float = 0.3) -> Haplotypes:
    rng = np.random.default_rng([rows, n_sites])
    return Haplotypes.from_alleles((rng.random((rows, n_sites)) < share).astype(np.uint8))


def assert_close(product: np.ndarray, alleles: np.ndarray, matrix: np.ndarray) -> None:
    """Within (1 + u)^k - 1 of the sum of the terms' sizes, for k additions (Higham 2002, section 4.2)."""
    exact = alleles.astype(np.float64) @ matrix.astype(np.float64)
    assert (product.dtype, product.shape) == (np.float64, exact.shape)
    bound = ((1 + UNIT_ROUNDOFF) ** ADDITIONS - 1 + 1e-14) * (alleles.astype(np.float64) @ np.abs(matrix, dtype=float))
    assert np.all(np.abs(product - exact) <= bound)


def test_reference_equals_unpacked_alleles(normal):
    panel = panel_of(70, 130)
    alleles = panel.alleles()
    b, y = normal(130, 3), normal(70, 3)
    for found, dense in (
        (bit_product.times(panel, b, backend="reference"), alleles.astype(float) @ b.astype(float)),
        (bit_product.transposed_times(panel, y, backend="reference"), alleles.T.astype(float) @ y.astype(float)),
    ):
        np.testing.assert_allclose(found, dense, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_sites", SIDES)
@pytest.mark.parametrize("rows", [1, 64, 513])
def test_any_number_of_sites(engine, normal, rows, n_sites):
    panel = panel_of(rows, n_sites)
    b, y = normal(n_sites, 16), normal(rows, 16)
    assert_close(bit_product.times(panel, b, **engine), panel.alleles(), b)
    assert_close(bit_product.transposed_times(panel, y, **engine), panel.alleles().T, y)


@pytest.mark.parametrize("rows", SIDES)
@pytest.mark.parametrize("n_sites", [1, 70, 600])
def test_any_number_of_rows(engine, normal, rows, n_sites):
    panel = panel_of(rows, n_sites)
    b, y = normal(n_sites, 5), normal(rows, 5)
    assert_close(bit_product.times(panel, b, **engine), panel.alleles(), b)
    assert_close(bit_product.transposed_times(panel, y, **engine), panel.alleles().T, y)


@pytest.mark.parametrize("words", [1, 2, 3, 7, 9, 13])
def test_any_number_of_words(engine, normal, words):
    # Plain arrays need not end at a cache line.
    packed = np.random.default_rng(words).integers(0, 2**64, (130, words), dtype=np.uint64)
    alleles = reference.alleles(packed)
    b, y = normal(64 * words, 4), normal(130, 4)
    assert_close(bit_product.times(packed, b, **engine), alleles, b)
    assert_close(bit_product.transposed_times(packed, y, **engine), alleles.T, y)


@pytest.mark.parametrize("columns", [0, 1, 2, 15, 16, 17, 24, 32, 33])
def test_any_number_of_columns(engine, normal, columns):
    panel = panel_of(150, 200)
    b, y = normal(200, columns), normal(150, columns)
    assert_close(bit_product.times(panel, b, **engine), panel.alleles(), b)
    assert_close(bit_product.transposed_times(panel, y, **engine), panel.alleles().T, y)


def test_more_than_a_block(engine, normal):
    # Blocks have at most 4096 rows, or sites.
    for rows, n_sites in ((4200, 100), (100, 4200)):
        panel = panel_of(rows, n_sites)
        b, y = normal(n_sites, 3), normal(rows, 3)
        for threads in (1, 2):
            assert_close(bit_product.times(panel, b, threads=threads, **engine), panel.alleles(), b)
            assert_close(bit_product.transposed_times(panel, y, threads=threads, **engine), panel.alleles().T, y)


def test_a_single_allele_picks_a_row_of_the_matrix(engine, normal):
    # Exact: nothing is added to it but zeros.
    n = 700
    order = np.random.default_rng(0).permutation(n)
    alleles = np.zeros((n, n), np.uint8)
    alleles[np.arange(n), order] = 1
    matrix = normal(n, 18)
    panel = Haplotypes.from_alleles(alleles)
    np.testing.assert_array_equal(bit_product.times(panel, matrix, **engine), matrix[order])
    np.testing.assert_array_equal(bit_product.transposed_times(panel, matrix, **engine)[order], matrix)


def test_products_of_whole_numbers_are_exact(engine):
    panel = panel_of(3000, 900, share=0.9)
    ones = np.ones((3000, 1))
    np.testing.assert_array_equal(bit_product.transposed_times(panel, ones, **engine)[:, 0], panel.allele_counts())
    numbers = np.arange(900.0)[:, None]
    np.testing.assert_array_equal(bit_product.times(panel, numbers, **engine), panel.alleles() @ numbers)


def test_long_sums_lose_no_more_than_short_ones(engine):
    # In float32 alone, 40,000 alleles of 0.1 would add up to an error of about 1e-4 of the sum.
    panel = Haplotypes.from_alleles(np.ones((2, 40_000), np.uint8))
    tenth = np.full((40_000, 1), np.float32(0.1))
    sums = bit_product.times(panel, tenth, **engine)
    assert np.abs(sums / (40_000 * float(np.float32(0.1))) - 1).max() < ADDITIONS * UNIT_ROUNDOFF
    turned = Haplotypes.from_alleles(np.ones((40_000, 2), np.uint8))
    np.testing.assert_array_equal(bit_product.transposed_times(turned, tenth, **engine), sums)


@pytest.mark.parametrize("threads", [1, 2, 3, 5, 64])
def test_every_engine_and_number_of_threads_gives_the_same_bits(engine, normal, threads):
    panel = panel_of(1300, 1700)
    rng = np.random.default_rng(0)
    b, y = rng.standard_normal((1700, 20)), rng.standard_normal((1300, 20))
    numba = {"backend": "numba", "threads": 1}
    for product, matrix in ((bit_product.times, b), (bit_product.transposed_times, y)):
        expected = product(panel, matrix, **numba)
        np.testing.assert_array_equal(product(panel, matrix, threads=threads, **engine), expected)


def test_the_matrix_is_rounded_to_float32_and_may_lie_anyhow(engine, normal):
    panel = panel_of(90, 80)
    wide = normal(80, 12).astype(np.float64) / 3
    expected = bit_product.times(panel, wide.astype(np.float32), **engine)
    for same in (wide, np.asfortranarray(wide), np.repeat(wide, 2, axis=1)[:, ::2], wide.tolist()):
        np.testing.assert_array_equal(bit_product.times(panel, same, **engine), expected)
    y = normal(90, 4)
    np.testing.assert_array_equal(
        bit_product.transposed_times(panel, np.asfortranarray(y), **engine),
        bit_product.transposed_times(panel, y, **engine),
    )


def test_no_rows(engine):
    none = pack(np.zeros((0, 70), np.uint8))
    assert bit_product.times(none, np.ones((512, 3)), **engine).shape == (0, 3)
    np.testing.assert_array_equal(bit_product.transposed_times(none, np.ones((0, 3)), **engine), np.zeros((512, 3)))


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["kg1000_chr1_d1s1656_rephased", "805_SNP_GAN_AG_20000epochs", "hapmap_r22_ceu_chr1"])
def test_real_and_published_haplotypes(engine, normal, real_data, name):
    from artgen_fast import io

    panel = io.read(real_data / "panels" / f"{name}.npz")[:1000, :6000]
    b, y = normal(panel.n_sites, 16), normal(len(panel), 16)
    assert_close(bit_product.times(panel, b, **engine), panel.alleles(), b)
    assert_close(bit_product.transposed_times(panel, y, **engine), panel.alleles().T, y)
