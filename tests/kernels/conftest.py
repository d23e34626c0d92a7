"""Fixtures for every kernel: the engines under test, what can run here, and device code on the CPU."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import artgen_fast
from artgen_fast.kernels import dispatch


def _engines(kernel: str) -> list[Any]:
    """Every fast backend and instruction set of the kernel; one that cannot run here is skipped with its reason."""
    offered = getattr(importlib.import_module(f"artgen_fast.kernels.{kernel}"), "BACKENDS", dispatch.BACKENDS)
    choices: list[tuple[dict[str, str], dispatch.Availability]] = []
    for backend in ("compiled", "numba", "cuda"):
        if backend not in offered:
            continue
        levels = dispatch.instruction_sets(kernel, backend)
        choices += [({"backend": backend, "instruction_set": level.name}, level) for level in levels]
        if not levels:
            choices.append(({"backend": backend}, dispatch.backend_availability(backend)))
    return [
        pytest.param(
            engine,
            id="-".join(engine.values()),
            marks=[] if availability.usable else pytest.mark.skip(reason=availability.reason),
        )
        for engine, availability in choices
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of `engine` with each engine of the kernel that its folder is named after."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", _engines(metafunc.definition.path.parent.name))


@pytest.fixture
def forgetful_dispatch() -> Iterator[None]:
    """Ask again, before and after the test, what can run here."""
    for cached in (dispatch._compiled_module_or_reason, dispatch.backend_availability):
        cached.cache_clear()
    yield
    for cached in (dispatch._compiled_module_or_reason, dispatch.backend_availability):
        cached.cache_clear()


@pytest.fixture
def without_modules(monkeypatch: pytest.MonkeyPatch, forgetful_dispatch: None) -> Callable[..., None]:
    """Hide installed modules from the search for backends."""
    find_spec = importlib.util.find_spec

    def hide(*names: str) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else find_spec(name))

    return hide


@pytest.fixture
def fresh_python(tmp_path: Path) -> dict[str, Any]:
    """Settings of `subprocess` for another Python with the package as it is here, not as it lies in the folder."""
    return {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(Path(artgen_fast.__file__).parents[1])}}


PEAK_GROWTH = """
import re
from pathlib import Path
import numpy as np
def peak():  # not getrusage: its peak begins at the parent's
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
{first}
before = peak()
{then}
print(peak() - before)
"""


@pytest.fixture
def growth_of_peak_memory(fresh_python: dict[str, Any]) -> Callable[[str, str], float]:
    """Megabytes by which some code raises the peak memory of a process of its own, after other code has run there."""
    if sys.platform != "linux":
        pytest.skip("the peak memory is read from /proc")
    if "san.so" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("the sanitizer's own memory would be measured as well")

    def growth(first: str, then: str) -> float:
        completed = subprocess.run(
            [sys.executable, "-c", PEAK_GROWTH.format(first=first, then=then)],
            capture_output=True,
            text=True,
            check=True,
            **fresh_python,
        )
        return float(completed.stdout)

    return growth


@pytest.fixture(scope="module")
def device_code(request: pytest.FixtureRequest) -> Path:
    """The CUDA source of the kernel that the test's folder is named after; a test's module may name another file."""
    kernel = request.path.parent.name
    return Path(__file__).parents[2] / "csrc" / kernel / getattr(request.module, "DEVICE_CODE", f"{kernel}.cuh")


def _for_compilers() -> dict[str, str]:
    """The environment without a sanitizer's library, which nvcc does not survive."""
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


@pytest.fixture(scope="module")
def compiled_by_nvcc(device_code: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Compiles the device code for an architecture without a warning; gives what was said of its functions."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("nvcc is not installed")

    def compile_(architecture: str) -> str:
        cubin = tmp_path_factory.mktemp("nvcc") / "kernel.cubin"
        options = [f"-arch={architecture}", "-std=c++17", "-cubin", "-Werror=all-warnings", "-Xptxas=-v", "-x=cu"]
        command = [nvcc, *options, str(device_code), "-o", str(cubin)]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False, env=_for_compilers())
        assert compiled.returncode == 0, compiled.stderr
        return compiled.stderr

    return compile_


class HostArray(np.ndarray[Any, Any]):
    """A NumPy array that answers what a backend asks of a CuPy array."""

    device = nullcontext()


@pytest.fixture(scope="module")
def compiled_by_gxx() -> Callable[[Path, Path, Sequence[str]], None]:
    """Compiles a source to a file without a warning; a test that needs it is skipped where g++ is not installed."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not installed")

    def compile_(source: Path, to: Path, options: Sequence[str]) -> None:
        always = ["-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror"]
        command = [compiler, *always, *options, str(source), "-o", str(to)]
        subprocess.run(command, check=True, env=_for_compilers())

    return compile_


@pytest.fixture(scope="module")
def launch_on_the_host(
    request: pytest.FixtureRequest,
    device_code: Path,
    compiled_by_gxx: Callable[[Path, Path, Sequence[str]], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., None]:
    """Runs a kernel of the device code, compiled by g++ with `cuda_on_the_host.h`."""
    library = tmp_path_factory.mktemp("cuda_on_the_host") / "kernels.so"
    source = request.path.with_name("cuda_on_the_host.cpp")
    compiled_by_gxx(source, library, ["-shared", "-fPIC", f'-DDEVICE_CODE="{device_code}"'])
    run = ctypes.CDLL(str(library)).launch
    run.restype = ctypes.c_bool

    def as_c(argument: Any) -> Any:
        if isinstance(argument, np.ndarray):
            return ctypes.c_void_p(argument.ctypes.data)
        return {4: ctypes.c_int32, 8: ctypes.c_int64}[argument.itemsize](int(argument))

    def launch(
        name: str,
        grid: tuple[int, int],
        block: tuple[int, int],
        arguments: tuple[Any, ...],
        *,
        shared_mem: int = 0,  # the device code's own arrays stand for it
    ) -> None:
        values = [as_c(argument) for argument in arguments]
        addresses = (ctypes.c_void_p * len(values))(*map(ctypes.addressof, values))
        sizes = (ctypes.c_uint(size) for size in (*grid, *block))
        assert run(name.encode(), *sizes, addresses), "some threads of a block do not reach a barrier"

    return launch


@pytest.fixture
def cuda_on_the_host(
    request: pytest.FixtureRequest, launch_on_the_host: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], ModuleType]]:
    """The kernel's CUDA backend, where CuPy is NumPy and the GPU is the CPU, with a number of multiprocessors."""
    package = importlib.import_module(f"artgen_fast.kernels.{request.path.parent.name}")
    name = f"{package.__name__}.cuda"

    def backend(multiprocessors: int) -> ModuleType:
        device = SimpleNamespace(attributes={"MultiProcessorCount": multiprocessors, "ComputeCapabilityMajor": 9})
        module = SimpleNamespace(get_function=lambda kernel: partial(launch_on_the_host, kernel))
        cupy = SimpleNamespace(
            asarray=lambda array, dtype=None: np.array(array, dtype).view(HostArray),
            asnumpy=np.asarray,
            cuda=SimpleNamespace(Device=lambda: device),
            RawModule=lambda code, options: module,
            **{
                name: getattr(np, name)
                for name in ("ascontiguousarray", "empty", "full", "zeros", "sort", "minimum", "triu")
            },
        )
        monkeypatch.setitem(sys.modules, "cupy", cupy)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    yield backend
    del sys.modules[name], package.cuda
