"""The CUDA backend: its device code compiles, and does the right thing when a CPU stands in for the GPU.

On a machine with a GPU and CuPy the tests of `test_exactness` run it for real.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.kernels.hamming import reference


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_nvcc_compiles_it_without_a_warning(compiled_by_nvcc, architecture):
    said = compiled_by_nvcc(architecture)
    assert "hamming_search" in said
    assert "0 bytes spill stores" in said  # its sums stay in registers
    # Of 256 threads two blocks fit a multiprocessor.
    assert max(map(int, re.findall(r"Used (\d+) registers", said))) <= 128


@pytest.fixture(params=[1, 3], ids=["1 multiprocessor", "3 multiprocessors"])
def cuda(cuda_on_the_host, request):
    return cuda_on_the_host(request.param)


def assert_same(answer, expected):
    for part, expected_part in zip(answer, expected, strict=True):
        if expected_part is None:
            assert part is None
        else:
            assert (part.dtype, part.shape) == (expected_part.dtype, expected_part.shape)
            np.testing.assert_array_equal(part, expected_part)


@pytest.mark.parametrize(("n", "m", "words"), [(1, 1, 1), (5, 130, 3), (64, 65, 16), (129, 63, 17), (200, 193, 8)])
@pytest.mark.parametrize("kind", ["noise", "rare", "copies", "single bits"])
def test_every_search_equals_the_reference(cuda, panel, kind, n, m, words):
    queries, targets = panel(kind, n, words), panel(kind, m, words)
    assert_same(cuda.cross(queries, targets, True), reference.cross(queries, targets, True))
    for k in {1, min(m, 8)}:
        assert_same(cuda.nearest(queries, targets, k, False), reference.nearest(queries, targets, k, False))
    for k in {1, min(m - 1, 8)} - {0} if m > 1 else ():
        assert_same(cuda.within(targets, k, True), reference.within(targets, k, True))
        assert_same(cuda.nearest(targets, targets, k, True), reference.nearest(targets, targets, k, True))
    assert_same(
        (cuda.histogram(queries, targets), cuda.histogram(targets, None)),
        (reference.histogram(queries, targets), reference.histogram(targets, None)),
    )


def test_what_is_not_asked_for_is_not_given(cuda, panel):
    rows = panel("rare", 70, 2)
    assert_same(cuda.cross(rows, rows, False), reference.cross(rows, rows, False))
    assert_same(cuda.within(rows, 1, False), reference.within(rows, 1, False))
    assert_same(cuda.within(rows, 2, False), reference.within(rows, 2, False))


def test_no_queries(cuda, panel):
    none, rows = panel("noise", 0, 2), panel("noise", 3, 2)
    assert_same(cuda.nearest(none, rows, 2, False), (np.empty((0, 2), np.int32), np.empty((0, 2), np.int64)))
    assert cuda.histogram(none, rows).tolist() == [0] * 129
    assert cuda.histogram(none, None).tolist() == [0] * 129


def test_arrays_on_two_devices_are_refused(cuda, panel):
    rows = panel("noise", 3, 2)
    here, there = SimpleNamespace(device="device 0"), SimpleNamespace(device="device 1")
    with pytest.raises(InputError, match="on the same device; got device 0 and device 1"):
        cuda.nearest(here, there, 1, False)
    assert cuda.nearest(rows, rows, 1, False)[1].tolist() == [[0], [1], [2]]


def test_the_device_code_is_found(cuda, device_code):
    assert cuda.source_path().read_text("utf-8") == device_code.read_text("utf-8")
