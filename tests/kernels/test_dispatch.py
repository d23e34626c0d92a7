"""The choice among backends and instruction sets: used or refused with the reason, never replaced."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from artgen_fast import kernels
from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.kernels import dispatch


@pytest.fixture
def core(monkeypatch):
    """A compiled module whose best instruction set cannot run here."""
    levels = [("amx_int8", "this CPU has no AMX int8"), ("avx2", ""), ("portable", "")]
    monkeypatch.setattr(dispatch, "compiled_module", lambda: SimpleNamespace(hamming_instruction_sets=lambda: levels))


def test_without_a_request_the_best_usable_instruction_set_is_chosen(core):
    assert dispatch.choose_instruction_set("hamming", "compiled", None) == "avx2"


def test_a_requested_instruction_set_is_used_or_refused_with_its_reason(core):
    assert dispatch.choose_instruction_set("hamming", "compiled", "portable") == "portable"
    with pytest.raises(BackendUnavailableError, match="'amx_int8' cannot run here: this CPU has no AMX int8"):
        dispatch.choose_instruction_set("hamming", "compiled", "amx_int8")
    with pytest.raises(InputError, match="must be one of amx_int8, avx2, portable; got 'sse9'"):
        dispatch.choose_instruction_set("hamming", "compiled", "sse9")


def test_instruction_sets_belong_to_the_compiled_backend():
    assert dispatch.choose_instruction_set("hamming", "numba", None) == ""
    with pytest.raises(InputError, match="applies to backend='compiled'"):
        dispatch.choose_instruction_set("hamming", "numba", "avx2")


def test_instruction_sets_of_a_gpu(monkeypatch):
    turing = SimpleNamespace(instruction_sets=lambda: [("tensor_cores", "this one has 7.x"), ("population_count", "")])
    monkeypatch.setattr(dispatch, "backend_availability", lambda name: dispatch.Availability(name))
    monkeypatch.setattr(dispatch, "_module", lambda kernel, backend: turing)
    assert dispatch.choose_instruction_set("hamming", "cuda", None) == ""  # chosen where the arrays are
    assert dispatch.choose_instruction_set("hamming", "cuda", "population_count") == "population_count"
    with pytest.raises(BackendUnavailableError, match=r"'tensor_cores' cannot run here: this one has 7\.x"):
        dispatch.choose_instruction_set("hamming", "cuda", "tensor_cores")
    with pytest.raises(InputError, match="must be one of tensor_cores, population_count; got 'avx2'"):
        dispatch.choose_instruction_set("hamming", "cuda", "avx2")
    with pytest.raises(InputError, match="got 'tensor_cores' with backend='cuda'"):
        dispatch.choose_instruction_set("gibbs", "cuda", "tensor_cores")  # which has none


def test_disabling_the_compiled_module_leaves_numba(monkeypatch, forgetful_dispatch):
    monkeypatch.setenv(dispatch.DISABLE_COMPILED, "1")
    assert dispatch.compiled_module() is None
    assert dispatch.instruction_sets("hamming") == ()
    assert dispatch.choose_backend(None, on_device=False) == "numba"
    with pytest.raises(BackendUnavailableError, match="disabled by ARTGEN_FAST_DISABLE_COMPILED"):
        dispatch.choose_backend("compiled", on_device=False)


def test_a_kernel_is_asked_for_no_backend_that_it_has_not(forgetful_dispatch):
    offered = ("numba", "reference")
    assert dispatch.choose_backend(None, on_device=False, offered=offered) == "numba"
    assert dispatch.choose_backend("reference", on_device=False, offered=offered) == "reference"
    for backend, on_device in (("compiled", False), ("cuda", False), (None, True)):
        with pytest.raises(BackendUnavailableError, match="this kernel has numba and reference only"):
            dispatch.choose_backend(backend, on_device, offered)
    with pytest.raises(InputError, match="must be one of compiled, numba, cuda, reference; got 'fast'"):
        dispatch.choose_backend("fast", on_device=False, offered=offered)


def test_with_nothing_usable_the_reason_is_that_of_the_compiled_module(monkeypatch, without_modules):
    monkeypatch.setenv(dispatch.DISABLE_COMPILED, "1")
    without_modules("numba")
    with pytest.raises(BackendUnavailableError, match="'numba' cannot run here: Numba is not installed"):
        dispatch.choose_backend("numba", on_device=False)
    with pytest.raises(BackendUnavailableError, match="'compiled' cannot run here"):
        dispatch.choose_backend(None, on_device=False)


@pytest.fixture
def import_gives(monkeypatch, forgetful_dispatch):
    """Let the import of the compiled module end in an error, or give another module."""

    def set_outcome(outcome):
        def import_module(name):
            assert name == "artgen_fast._core"
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.delenv(dispatch.DISABLE_COMPILED, raising=False)
        monkeypatch.setattr(dispatch, "importlib", SimpleNamespace(import_module=import_module, util=importlib.util))

    return set_outcome


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModuleNotFoundError("No module", name="artgen_fast._core"), "is not installed; reinstall where there is a C"),
        (ModuleNotFoundError("No module 'x'", name="x"), r"is installed and cannot be loaded \(No module 'x'\)"),
        (ImportError("GLIBCXX_3.4.32 not found"), r"is installed and cannot be loaded \(GLIBCXX_3.4.32 not found\)"),
    ],
)
def test_a_compiled_module_that_does_not_load_is_refused_with_the_reason(import_gives, error, reason):
    import_gives(error)
    assert dispatch.compiled_module() is None
    assert dispatch.instruction_sets("hamming") == ()
    assert dispatch.choose_backend(None, on_device=False) == "numba"
    with pytest.raises(BackendUnavailableError, match=rf"'compiled' cannot run here: artgen_fast\._core {reason}"):
        dispatch.choose_backend("compiled", on_device=False)


def test_without_a_usable_instruction_set_the_compiled_backend_is_refused(import_gives):
    levels = [("avx2", "this CPU lacks AVX2"), ("portable", "this CPU lacks POPCNT")]
    import_gives(SimpleNamespace(hamming_instruction_sets=lambda: levels))
    reason = "for the hamming kernel can run here .avx2: this CPU lacks AVX2; portable: this CPU lacks POPCNT"
    assert dispatch.choose_backend(None, on_device=False) == "numba"
    for choose in (
        lambda: dispatch.choose_backend("compiled", on_device=False),
        lambda: dispatch.choose_instruction_set("hamming", "compiled", None),
    ):
        with pytest.raises(BackendUnavailableError, match=reason):
            choose()


def test_device_arrays_need_the_cuda_backend():
    with pytest.raises(InputError, match="'numba' needs arrays in host memory; got device arrays"):
        dispatch.choose_backend("numba", on_device=True)


def test_device_arrays_ask_for_cuda(without_modules):
    without_modules("cupy")
    with pytest.raises(BackendUnavailableError, match="'cuda' cannot run here: CuPy is not installed"):
        dispatch.choose_backend(None, on_device=True)


def test_threads_default_to_the_cpus_that_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5, 7}, raising=False)
    assert dispatch.thread_count(None) == 3
    assert dispatch.thread_count(9) == 9


def test_kernels_are_listed_before_they_are_loaded(fresh_python):
    code = "import sys; from artgen_fast import kernels; assert 'artgen_fast.kernels.gibbs' not in sys.modules; "
    command = [sys.executable, "-c", code + "print(*dir(kernels))"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, **fresh_python).stdout.split()
    assert set(kernels.__all__) <= set(listed)
