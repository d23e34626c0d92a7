"""What the public functions accept, and what they refuse with which message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import bit_product, dispatch

PRODUCTS = (bit_product.times, bit_product.transposed_times)


@pytest.fixture(scope="module")
def panel():
    return Haplotypes.from_alleles(np.random.default_rng(0).integers(0, 2, (40, 70)))


def matrix_for(product, panel):
    return np.ones((panel.n_sites if product is bit_product.times else len(panel), 2))


def test_memory_maps_tensors_and_arrays_give_the_same_answer(engine, panel, tmp_path):
    torch = pytest.importorskip("torch")
    packed = panel.packed.copy()
    packed.tofile(tmp_path / "rows")
    read_only = packed.copy()
    read_only.flags.writeable = False
    memory = np.zeros(packed.size + 1, np.uint64)
    shifted = memory[1:].reshape(packed.shape)  # begins on no cache line
    shifted[:] = packed
    b, y = np.random.default_rng(1).standard_normal((512, 3)), np.random.default_rng(2).standard_normal((40, 3))
    expected = bit_product.times(packed, b, **engine), bit_product.transposed_times(packed, y, **engine)
    for same_bits in (
        read_only,
        shifted,
        np.memmap(tmp_path / "rows", np.uint64, "r", shape=packed.shape),
        torch.from_numpy(packed.view(np.int64)),
    ):
        np.testing.assert_array_equal(bit_product.times(same_bits, b, **engine), expected[0])
        np.testing.assert_array_equal(bit_product.transposed_times(same_bits, y, **engine), expected[1])
    np.testing.assert_array_equal(packed, panel.packed)  # the input is never written to


@pytest.mark.parametrize(
    "matrix",
    [np.ones((39, 2)), np.ones((41, 2)), np.ones(70), np.ones((70, 2), int), np.ones((2, 70)), [["a"]]],
    ids=["fewer rows", "more rows", "one dimension", "whole numbers", "transposed", "text"],
)
def test_a_wrong_matrix_is_refused(panel, matrix):
    got = np.asarray(matrix)
    shapes = {bit_product.times: r"\(70, columns\), a row for each of the sites",
              bit_product.transposed_times: r"\(40, columns\), a row for each of the haplotypes"}  # fmt: skip
    for product, shape in shapes.items():
        with pytest.raises(InputError, match=f"must be floating point of shape {shape}; got {got.dtype} of shape"):
            product(panel, matrix)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39, -2e35])
def test_numbers_whose_sums_float32_might_not_hold_are_refused(panel, value):
    for product in PRODUCTS:
        matrix = matrix_for(product, panel)
        matrix[3, 1] = value
        with pytest.raises(InputError, match=r"must hold finite numbers of at most 1e\+35 in size, whose sums"):
            product(panel, matrix)


def test_sums_of_the_largest_numbers_are_finite(engine):
    everywhere = Haplotypes.from_alleles(np.ones((512, 512), np.uint8))
    largest = np.full((512, 1), bit_product.LARGEST_NUMBER)
    for product in PRODUCTS:
        np.testing.assert_allclose(product(everywhere, largest, **engine), 512 * bit_product.LARGEST_NUMBER, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_a_matrix_may_be_of_any_floating_dtype(panel, dtype):
    for product in PRODUCTS:
        matrix = matrix_for(product, panel)
        np.testing.assert_array_equal(product(panel, matrix.astype(dtype)), product(panel, matrix))


def test_masked_and_ragged_matrices_are_refused(panel):
    for product in PRODUCTS:
        with pytest.raises(InputError, match="the matrix must have no missing values; got a masked array"):
            product(panel, np.ma.array(matrix_for(product, panel)))
        with pytest.raises(InputError, match="the matrix must be an array in host memory, its rows of one length"):
            product(panel, [[1.0], [1.0, 2.0]])


def test_other_arguments_are_refused(panel):
    for product in PRODUCTS:
        matrix = matrix_for(product, panel)
        with pytest.raises(InputError, match="haplotypes must be bit-packed haplotypes"):
            product(panel.alleles(), matrix)
        with pytest.raises(InputError, match="threads must be a whole number from 1 to 4,096; got 0"):
            product(panel, matrix, threads=0)
        with pytest.raises(InputError, match="instruction_set applies to backend='compiled'; got 'avx2'"):
            product(panel, matrix, backend="numba", instruction_set="avx2")
        with pytest.raises(BackendUnavailableError, match="this kernel has compiled and numba and reference only"):
            product(panel, matrix, backend="cuda")
        with pytest.raises(InputError, match=r"backend must be one of .*; got 'fortran'"):
            product(panel, matrix, backend="fortran")


def test_the_compiled_module_is_here():
    # Without it the tests of every engine would pass on Numba alone.
    if dispatch.backend_availability("compiled").reason.startswith("it is disabled"):
        pytest.skip("the compiled module is disabled on purpose")
    assert {level.name: level.usable for level in dispatch.instruction_sets("bit_product")}["portable"]


def test_products_at_the_same_time(engine):
    panel = Haplotypes.from_alleles(np.random.default_rng(3).integers(0, 2, (600, 900)))
    matrices = {bit_product.times: np.random.default_rng(4).standard_normal((900, 16)),
                bit_product.transposed_times: np.random.default_rng(5).standard_normal((600, 16))}  # fmt: skip
    expected = {product: product(panel, matrix, threads=1, **engine) for product, matrix in matrices.items()}
    with ThreadPoolExecutor(4) as pool:
        answers = [
            (product, pool.submit(product, panel, matrices[product], threads=2, **engine)) for product in PRODUCTS * 4
        ]
        for product, answer in answers:
            np.testing.assert_array_equal(answer.result(), expected[product])
