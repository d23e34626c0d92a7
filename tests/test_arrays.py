"""Arguments of the kernels: what is viewed without a copy, and what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from artgen_fast.arrays import packed_rows
from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes


@pytest.fixture
def words():
    return np.random.default_rng(0).integers(0, 2**64, (6, 3), dtype=np.uint64)


def test_numpy_arrays_are_viewed_without_a_copy(words, tmp_path):
    words[0, 0] = 2**64 - 1
    rows = packed_rows(words, "queries")
    assert rows.array is words
    assert (rows.rows, rows.words, rows.n_sites, rows.on_device) == (6, 3, 192, False)
    words.tofile(tmp_path / "words")
    mapped = np.memmap(tmp_path / "words", np.uint64, "r", shape=(6, 3))
    assert np.shares_memory(packed_rows(mapped, "queries").array, mapped)


def test_rows_that_do_not_begin_at_a_word_are_refused(words):
    memory = np.zeros(words.nbytes + 8, dtype=np.uint8)
    shifted = memory[1 : 1 + words.nbytes].view(np.uint64).reshape(words.shape)
    assert not shifted.flags.aligned
    with pytest.raises(InputError, match="queries must begin at a whole word of memory; it does not"):
        packed_rows(shifted, "queries")


def test_arrays_on_a_device_need_cupy(monkeypatch):
    class OnDevice:
        __cuda_array_interface__ = {}  # noqa: RUF012

    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendUnavailableError, match=r"need CuPy, which is not installed; pip install"):
        packed_rows(OnDevice(), "queries")


def test_haplotypes_bring_their_number_of_sites():
    panel = Haplotypes.from_alleles([[0, 1, 1]])
    rows = packed_rows(panel, "queries")
    assert rows.array is panel.packed
    assert (rows.n_sites, rows.words) == (3, 8)


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_torch_tensors_are_viewed_without_a_copy(words, dtype):
    torch = pytest.importorskip("torch")
    words[0, 0] = 2**64 - 1  # negative as int64
    tensor = torch.from_numpy(words.view(dtype))
    rows = packed_rows(tensor, "queries")
    assert rows.array.dtype == np.uint64
    assert np.shares_memory(rows.array, words)
    np.testing.assert_array_equal(rows.array, words)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            np.zeros((2000, 160), np.uint8),
            "queries must be bit-packed haplotypes, uint64 of shape (rows, words); got uint8 of shape (2000, 160). "
            "Use artgen_fast.haplotypes.pack(alleles).",
        ),
        (
            np.zeros((2, 8), np.int64),
            "got int64 of shape (2, 8). If it holds alleles, use artgen_fast.haplotypes.pack(",
        ),
        (np.zeros((2, 8), np.int64), "; if it holds packed bits, queries.view(numpy.uint64)."),
        (
            np.zeros((2, 8), ">u8"),
            "got >u8 of shape (2, 8). Its bytes are in the other order: use queries.astype(numpy.",
        ),
        (np.zeros(8, np.uint64), "got uint64 of shape (8,). For a single row give queries[None, :]."),
        (np.zeros((1, 2, 8), np.uint64), "got uint64 of shape (1, 2, 8)"),
        (np.zeros((4, 0), np.uint64), "queries must have at least one word per row; got shape (4, 0)"),
        (np.zeros((4, 16), np.uint64)[:, ::2], "queries must be C-contiguous; got strides (128, 16) for shape (4, 8)"),
        (np.zeros((4, 16), np.uint64)[:, :8], "numpy.ascontiguousarray"),
        (np.zeros((8, 4), np.uint64).T, "queries must be C-contiguous"),
        ([[0, 1]], "queries must be Haplotypes or a uint64 array of shape (rows, words); got list"),
    ],
)
def test_anything_else_is_refused(value, message):
    with pytest.raises(InputError) as error:
        packed_rows(value, "queries")
    assert message in str(error.value)


def test_torch_tensors_of_another_kind_are_refused():
    torch = pytest.importorskip("torch")
    for tensor, message in (
        (torch.zeros((3, 8)), "torch.float32 of shape (3, 8)"),
        (torch.zeros((3, 8), dtype=torch.int32), "torch.int32 of shape (3, 8)"),
        (torch.zeros(8, dtype=torch.int64), "got uint64 of shape (8,)"),
        (torch.zeros((8, 4), dtype=torch.int64).T, "queries must be C-contiguous"),
        (torch.zeros((3, 8), dtype=torch.int64, device="meta"), "on the CPU or on a CUDA device; got a tensor on meta"),
    ):
        with pytest.raises(InputError) as error:
            packed_rows(tensor, "queries")
        assert message in str(error.value)
