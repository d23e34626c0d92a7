"""The CUDA backend: its device code compiles, and does the right thing when a CPU stands in for the GPU.

On a machine with a GPU and CuPy the tests of `test_exactness` run it for real.
"""

from __future__ import annotations

import ctypes
import importlib
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.kernels import hamming
from artgen_fast.kernels.hamming import reference

DEVICE_CODE = Path(__file__).parents[3] / "csrc" / "hamming" / "hamming.cuh"


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_nvcc_compiles_it_without_a_warning(architecture, tmp_path):
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("nvcc is not installed")
    command = [nvcc, f"-arch={architecture}", "-std=c++17", "-cubin", "-Werror=all-warnings", "-Xptxas=-v", "-x=cu"]
    compiled = subprocess.run(
        [*command, str(DEVICE_CODE), "-o", str(tmp_path / "hamming.cubin")], capture_output=True, text=True, check=False
    )
    assert compiled.returncode == 0, compiled.stderr
    assert "hamming_search" in compiled.stderr
    assert "0 bytes spill stores" in compiled.stderr  # its sums stay in registers


class HostArray(np.ndarray):
    """A NumPy array that answers what the backend asks of a CuPy array."""

    device = nullcontext()


@pytest.fixture(scope="session")
def launch(tmp_path_factory):
    """The device code, compiled by g++ with `cuda_on_the_host.cpp`."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not installed")
    library = tmp_path_factory.mktemp("cuda_on_the_host") / "hamming.so"
    subprocess.run(
        [compiler, "-std=c++20", "-O1", "-shared", "-fPIC", "-pthread", "-Wall", "-Wextra", "-Werror",
         f'-DHAMMING_CUH="{DEVICE_CODE}"', str(Path(__file__).with_name("cuda_on_the_host.cpp")), "-o", str(library)],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(library)).launch


@pytest.fixture(params=[1, 3], ids=["1 multiprocessor", "3 multiprocessors"])
def cuda(launch, monkeypatch, request):
    """The backend's module, where CuPy is NumPy and the GPU is the CPU."""

    def kernel(grid, block, arguments):
        def as_c(argument):
            if isinstance(argument, np.ndarray):
                return ctypes.c_void_p(argument.ctypes.data)
            return {4: ctypes.c_int32, 8: ctypes.c_int64}[argument.itemsize](int(argument))

        launch(*(ctypes.c_uint(size) for size in (*grid, *block)), *map(as_c, arguments))

    cupy = SimpleNamespace(
        asarray=lambda array: array.copy().view(HostArray),
        asnumpy=np.asarray,
        cuda=SimpleNamespace(Device=lambda: SimpleNamespace(attributes={"MultiProcessorCount": request.param})),
        RawModule=lambda code, options: SimpleNamespace(get_function={"hamming_search": kernel}.__getitem__),
        **{name: getattr(np, name) for name in ("empty", "full", "zeros", "sort", "minimum")},
    )
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.delitem(sys.modules, "artgen_fast.kernels.hamming.cuda", raising=False)
    yield importlib.import_module("artgen_fast.kernels.hamming.cuda")
    del sys.modules["artgen_fast.kernels.hamming.cuda"], hamming.cuda


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


def test_the_device_code_is_found(cuda):
    assert cuda.source_path().read_text("utf-8") == DEVICE_CODE.read_text("utf-8")
