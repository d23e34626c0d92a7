"""What the public functions accept, and what they refuse with which message."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels import hamming
from artgen_fast.kernels.hamming import reference


@pytest.fixture
def rows(panel):
    return panel("rare", 30, 8)


def test_memory_maps_tensors_and_arrays_give_the_same_answer(engine, rows, tmp_path):
    torch = pytest.importorskip("torch")
    expected = reference.nearest(rows, rows, 3, True)
    rows.tofile(tmp_path / "rows")
    own = rows.copy()
    for same_bits in (
        rows,  # read-only
        own,
        np.memmap(tmp_path / "rows", np.uint64, "r", shape=rows.shape),
        np.memmap(tmp_path / "rows", np.uint64, "r+", shape=rows.shape),
        torch.from_numpy(own),
        torch.from_numpy(own.view(np.int64)),
        Haplotypes.from_alleles(np.unpackbits(own.view(np.uint8), axis=1, bitorder="little")),
    ):
        for part, expected_part in zip(
            hamming.nearest(same_bits, rows, k=3, exclude_self=True, **engine), expected, strict=True
        ):
            np.testing.assert_array_equal(part, expected_part)
        np.testing.assert_array_equal(hamming.within(same_bits, k=3, **engine).indices, expected[1])
    np.testing.assert_array_equal(own, rows)  # the input is never written to


def test_rows_need_not_start_at_a_64_byte_line(engine, panel):
    memory = np.zeros(41 * 9 + 1, np.uint64)
    shifted = memory[1:].reshape(41, 9)
    shifted[:] = panel("noise", 41, 9)
    for part, expected in zip(
        hamming.cross(shifted[:30], shifted[7:], histogram=True, **engine),
        reference.cross(shifted[:30], shifted[7:], True),
        strict=True,
    ):
        np.testing.assert_array_equal(part, expected)


def test_without_a_request_the_best_usable_backend_runs(rows):
    for part, expected in zip(hamming.nearest(rows, rows, k=2), reference.nearest(rows, rows, 2, False), strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("k", [0, 9, -1, 1.0, True, np.True_, np.int64(9), "1", None])
def test_k_out_of_range(rows, k):
    for search in (lambda: hamming.nearest(rows, rows, k=k), lambda: hamming.within(rows, k=k)):
        with pytest.raises(InputError, match="k must be a whole number from 1 to 8; got"):
            search()


def test_numbers_may_be_those_of_numpy(engine, rows):
    for search in (lambda **n: hamming.nearest(rows, rows, **n), lambda **n: hamming.within(rows, **n)[:2]):
        given = search(k=np.int64(2), threads=np.uint8(1), **engine)
        for part, expected in zip(given, search(k=2, threads=1, **engine), strict=True):
            np.testing.assert_array_equal(part, expected)


def test_more_neighbours_than_rows(rows):
    with pytest.raises(InputError, match=r"k must be at most the number of targets \(3\); got 4"):
        hamming.nearest(rows, rows[:3], k=4)
    with pytest.raises(InputError, match=r"k must be at most the number of other rows \(2\); got 3"):
        hamming.nearest(rows[:3], rows[:3], k=3, exclude_self=True)
    with pytest.raises(InputError, match=r"number of other rows \(0\); got 1"):
        hamming.within(rows[:1])
    with pytest.raises(InputError, match=r"number of other rows \(0\); got 1"):
        hamming.within(rows[:0])
    with pytest.raises(InputError, match="targets must have at least one row; got none"):
        hamming.cross(rows, rows[:0])
    with pytest.raises(InputError, match="queries must have at least one row; got none"):
        hamming.cross(rows[:0], rows)


def test_exclude_self_needs_the_same_rows(rows):
    with pytest.raises(InputError, match=r"exclude_self needs .* the same rows; got 30 queries and 29 targets"):
        hamming.nearest(rows, rows[:29], exclude_self=True)


def test_other_sites_are_refused(rows, panel):
    with pytest.raises(InputError, match=r"the same sites; got 512 sites \(8 words\) and 576 sites \(9 words\)"):
        hamming.cross(rows, panel("rare", 30, 9))
    first, second = (Haplotypes.from_alleles(np.zeros((3, n), int)) for n in (70, 71))
    for search in (hamming.cross, hamming.nearest, hamming.histogram):
        with pytest.raises(InputError, match=r"the same sites; got 70 sites \(8 words\) and 71 sites \(8 words\)"):
            search(first, second)


def test_panels_of_other_sites_are_refused_and_those_of_the_same_taken():
    alleles = np.eye(3, dtype=int)
    first, again, other = (
        Haplotypes.from_alleles(alleles, Sites.from_columns(positions, "1", ref="A", alt="C"))
        for positions in ([1, 2, 3], [1, 2, 3], [1, 2, 4])
    )
    for search in (hamming.cross, hamming.nearest, hamming.histogram):
        search(first, again)
        search(first.packed, other.packed)  # of bits alone nobody can tell
        with pytest.raises(InputError, match="same sites in the same order; site 3 is 1:3 A>C against 1:4 A>C"):
            search(first, other)


def test_the_argument_that_is_wrong_is_named(rows):
    with pytest.raises(InputError, match=r"^targets must be bit-packed .* got uint8 of shape \(30, 512\)"):
        hamming.nearest(rows, np.zeros((30, 512), np.uint8))
    with pytest.raises(InputError, match=r"^queries must be bit-packed"):
        hamming.histogram(np.zeros((30, 512), np.uint8))
    with pytest.raises(InputError, match=r"^haplotypes must be bit-packed"):
        hamming.within(np.zeros((30, 512), np.uint8))


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_threads_must_be_a_positive_number(rows, threads):
    for search in (hamming.nearest, hamming.cross, hamming.histogram):
        with pytest.raises(InputError, match="threads must be a whole number from 1 to 4,096; got"):
            search(rows, rows, threads=threads)


def test_an_unknown_or_unusable_engine_is_refused_and_never_replaced(rows):
    with pytest.raises(InputError, match="backend must be one of compiled, numba, cuda, reference; got 'fortran'"):
        hamming.nearest(rows, rows, backend="fortran")
    with pytest.raises(InputError, match="instruction_set applies to backend='compiled'; got 'avx2'"):
        hamming.nearest(rows, rows, backend="numba", instruction_set="avx2")


def test_a_missing_module_is_refused_with_the_reason(rows, without_modules):
    without_modules("cupy")
    with pytest.raises(BackendUnavailableError, match=r"'cuda' cannot run here: CuPy is not installed; pip install"):
        hamming.nearest(rows, rows, backend="cuda")


@pytest.mark.parametrize("wrong", ["no", 1, None])
def test_flags_are_true_or_false_and_nothing_else(rows, wrong):
    with pytest.raises(InputError, match=f"exclude_self must be True or False; got {wrong!r}"):
        hamming.nearest(rows, rows, exclude_self=wrong)
    for search in (hamming.within, lambda panel, **flags: hamming.cross(panel, panel, **flags)):
        with pytest.raises(InputError, match=f"histogram must be True or False; got {wrong!r}"):
            search(rows, histogram=wrong)
        if wrong is not None:
            with pytest.raises(InputError, match=f"pruning must be True or False or None; got {wrong!r}"):
                search(rows, pruning=wrong)
    assert hamming.within(rows, histogram=np.bool_(True)).histogram is not None


def test_masked_arrays_are_refused(rows):
    masked = np.ma.masked_array(rows, mask=np.ones(rows.shape, dtype=bool))
    with pytest.raises(InputError, match="queries must have no missing values; got a masked array"):
        hamming.nearest(masked, rows)
