"""The CUDA backend: its device code compiles, and does the right thing when a CPU stands in for the GPU.

On a machine with a GPU and CuPy the tests of `test_exactness` run it for real.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.kernels.hamming import reference

DEVICE_CODE = "hamming_tensor_cores.cuh"  # includes hamming.cuh
REGISTERS = {"hamming_search": 128, "hamming_search_by_tensor_cores": 255, "hamming_ones": 64}
"""Of a thread: of 256 threads two blocks fit a multiprocessor, one, and four."""


@pytest.mark.parametrize("architecture", ["sm_80", "sm_86", "sm_90"])
def test_nvcc_compiles_it_without_a_warning(compiled_by_nvcc, architecture):
    said = compiled_by_nvcc(architecture).split("Compiling entry function '")[1:]
    of_function = {text.partition("'")[0]: text for text in said}
    assert set(of_function) == set(REGISTERS)
    for name, text in of_function.items():
        assert "0 bytes spill stores" in text  # sums stay in registers
        assert int(re.search(r"Used (\d+) registers", text)[1]) <= REGISTERS[name]


@pytest.fixture(params=[1, 3], ids=["1 multiprocessor", "3 multiprocessors"])
def backend(cuda_on_the_host, request):
    return cuda_on_the_host(request.param)


@pytest.fixture(params=["tensor_cores", "population_count"])
def cuda(backend, request, monkeypatch):
    """The backend's searches, by one of its instruction sets; one multiprocessor's block goes through all tiles."""
    code = replace(backend.CODES[request.param], blocks_per_multiprocessor=1)
    monkeypatch.setitem(backend.CODES, request.param, code)
    searches = {
        name: partial(getattr(backend, name), instruction_set=request.param)
        for name in ("nearest", "within", "cross", "histogram")
    }
    return SimpleNamespace(**searches)


def assert_same(answer, expected):
    for part, expected_part in zip(answer, expected, strict=True):
        if expected_part is None:
            assert part is None
        else:
            assert (part.dtype, part.shape) == (expected_part.dtype, expected_part.shape)
            np.testing.assert_array_equal(part, expected_part)


@pytest.mark.parametrize(("n", "m", "words"), [(1, 1, 1), (5, 300, 3), (64, 65, 16), (129, 63, 17), (200, 193, 8)])
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


def test_arrays_on_two_devices_are_refused(backend, panel):
    rows = panel("noise", 3, 2)
    here, there = SimpleNamespace(device="device 0"), SimpleNamespace(device="device 1")
    with pytest.raises(InputError, match="on the same device; got device 0 and device 1"):
        backend.nearest(here, there, 1, False)
    assert backend.nearest(rows, rows, 1, False)[1].tolist() == [[0], [1], [2]]


def test_rows_at_odd_places(cuda, panel):
    # Of an odd number of words, every other row begins in the middle of 16 bytes; so does a panel that is a part.
    rows = panel("mosaic", 140, 9)
    assert_same(cuda.cross(rows[1:], rows, True), reference.cross(rows[1:], rows, True))
    words = np.concatenate([np.zeros(1, np.uint64), panel("mosaic", 140, 10).ravel()])
    part = words[1:].reshape(140, 10)
    assert_same(cuda.within(part, 3, True), reference.within(part, 3, True))


def test_distances_far_from_the_first_one(cuda):
    # Of 2 x 4,096 and more sites: such distances a block does not count in shared memory.
    rows = np.zeros((300, 160), np.uint64)
    rows[7] = 2**64 - 1
    rows[200:, :70] = 2**64 - 1
    rows[250] = 1
    assert_same((cuda.histogram(rows, None),), (reference.histogram(rows, None),))


def test_the_best_that_a_gpu_has_is_chosen(backend, panel, monkeypatch):
    assert backend._code("", 65_535) is backend.CODES["tensor_cores"]
    assert backend._code("", 65_536) is backend.CODES["population_count"]
    turing = SimpleNamespace(attributes={"MultiProcessorCount": 1, "ComputeCapabilityMajor": 7})
    monkeypatch.setattr(backend.cupy.cuda, "Device", lambda: turing)
    assert backend._code("", 1) is backend.CODES["population_count"]
    assert [bool(reason) for _, reason in backend.instruction_sets()] == [True, False]
    rows = panel("noise", 3, 2)
    with pytest.raises(BackendUnavailableError, match=r"needs a GPU of compute capability 8\.0 or later.* has 7\.x"):
        backend.nearest(rows, rows, 1, False, instruction_set="tensor_cores")


def test_rows_too_wide_for_the_tensor_cores_are_refused(backend):
    rows = np.zeros((1, 65_536), np.uint64)
    with pytest.raises(BackendUnavailableError, match="at most 65,535 words a row; these have 65,536"):
        backend.histogram(rows, rows, instruction_set="tensor_cores")


def test_numbers_of_a_launch_are_those_of_the_device_code(backend, device_code):
    text = device_code.read_text("utf-8")
    tensor_cores = backend.CODES["tensor_cores"]
    values = {
        "HAMMING_TENSOR_QUERIES": tensor_cores.query_rows,
        "HAMMING_TENSOR_TARGETS": tensor_cores.target_rows,
        "HAMMING_TENSOR_THREADS": tensor_cores.block[0],
    }
    for name, value in values.items():
        assert re.search(rf"\b{name} = {value}\b", text)
    stages, bins, quads = (
        int(re.search(rf"\b{name} = (\d+)", text)[1])
        for name in ("HAMMING_STAGES", "HAMMING_BINS", "HAMMING_SLAB_QUADS")
    )
    rows = tensor_cores.query_rows + tensor_cores.target_rows
    assert tensor_cores.shared_memory == 16 * stages * rows * quads + 4 * bins


def test_the_device_code_is_found(backend, device_code):
    for code in backend.CODES.values():
        assert backend.source_path(code.source).read_text("utf-8") == device_code.with_name(code.source).read_text(
            "utf-8"
        )
    whole = backend.whole_source("hamming_tensor_cores.cuh")
    assert "#include" not in whole
    assert backend.whole_source("hamming.cuh") in whole
