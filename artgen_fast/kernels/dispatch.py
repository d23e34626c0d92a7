"""Which backends and instruction sets can run here, and why not; the choice among them.

A requested backend or instruction set is used or refused with the reason, never replaced by another.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.whole_numbers import whole_number

BACKENDS = ("compiled", "numba", "cuda", "reference")
"""Every backend. Without a request, host arrays go to the first usable of compiled and numba, device arrays to cuda."""

DISABLE_COMPILED = "ARTGEN_FAST_DISABLE_COMPILED"
"""Environment variable: set to 1 to run without the compiled module, as where it could not be built."""

_MODULES = {"numba": "numba_cpu"}
"""Names of backends' modules where the backend's own is that of its library."""

_COMPILED_MODULE = "artgen_fast._core"
_KERNELS_BY_INSTRUCTION_SET = ("hamming", "pair_counts", "bit_product", "gibbs")
"""Kernels whose compiled backend has an implementation an instruction set; others have one for all."""


_KERNELS_BY_CUDA_UNIT = ("hamming",)
"""Kernels whose backend for GPUs has an implementation for each of several units of a multiprocessor."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether something can run here; ``reason`` is empty if it can."""

    name: str
    reason: str = ""

    @property
    def usable(self) -> bool:
        """Whether it can run here."""
        return not self.reason


@cache
def _compiled_module_or_reason() -> ModuleType | str:
    """The compiled module, or why there is none."""
    if os.environ.get(DISABLE_COMPILED, "") not in ("", "0"):
        return f"it is disabled by {DISABLE_COMPILED}"
    try:
        return importlib.import_module(_COMPILED_MODULE)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == _COMPILED_MODULE:
            return f"{_COMPILED_MODULE} is not installed; reinstall where there is a C++ compiler"
        return f"{_COMPILED_MODULE} is installed and cannot be loaded ({error}); reinstall artgen_fast"


def compiled_module() -> ModuleType | None:
    """The compiled module, or None where it is missing, disabled or cannot be loaded."""
    module = _compiled_module_or_reason()
    return None if isinstance(module, str) else module


@cache
def backend_availability(name: str) -> Availability:
    """Whether a backend can run here."""
    if name == "compiled":
        return Availability(name, _reason_against_compiled())
    if name == "numba" and importlib.util.find_spec("numba") is None:
        return Availability(name, "Numba is not installed; pip install numba")
    if name == "cuda":
        return _cuda_availability()
    return Availability(name)


def _reason_against_compiled() -> str:
    module = _compiled_module_or_reason()
    if isinstance(module, str):
        return module
    for kernel in _KERNELS_BY_INSTRUCTION_SET:
        sets = instruction_sets(kernel)
        if not any(level.usable for level in sets):
            refusals = "; ".join(f"{level.name}: {level.reason}" for level in sets)
            return f"none of its instruction sets for the {kernel} kernel can run here ({refusals})"
    return ""


def _cuda_availability() -> Availability:
    if importlib.util.find_spec("cupy") is None:
        return Availability("cuda", "CuPy is not installed; pip install 'artgen_fast[cuda]'")
    import cupy

    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return Availability("cuda", f"no usable NVIDIA GPU: {error}")
    return Availability("cuda") if devices else Availability("cuda", "no NVIDIA GPU is visible")


def instruction_sets(kernel: str, backend: str = "compiled") -> Sequence[Availability]:
    """Instruction sets of a kernel's backend, best first; empty where it has none or is not there."""
    if backend == "cuda" and kernel in _KERNELS_BY_CUDA_UNIT and backend_availability(backend).usable:
        return tuple(Availability(name, reason) for name, reason in _module(kernel, backend).instruction_sets())
    core: Any = compiled_module()
    if backend != "compiled" or core is None or kernel not in _KERNELS_BY_INSTRUCTION_SET:
        return ()
    return tuple(Availability(name, reason) for name, reason in getattr(core, f"{kernel}_instruction_sets")())


def choose_backend(backend: str | None, on_device: bool, offered: Sequence[str] = BACKENDS) -> str:
    """The backend that will run, or an error with the reason why the requested one cannot.

    ``offered`` are the backends that the kernel has.
    """
    if backend is None:
        if on_device:
            backend = "cuda"
        else:
            candidates = [name for name in ("compiled", "numba") if name in offered]
            usable = [name for name in candidates if backend_availability(name).usable]
            if usable:
                return usable[0]
            backend = candidates[0]
    elif backend not in BACKENDS:
        raise InputError(f"backend must be one of {', '.join(BACKENDS)}; got '{backend}'.")
    if backend not in offered:
        raise BackendUnavailableError(
            f"the backend '{backend}' cannot run here: this kernel has {' and '.join(offered)} only."
        )
    availability = backend_availability(backend)
    if not availability.usable:
        raise BackendUnavailableError(f"the backend '{backend}' cannot run here: {availability.reason}.")
    if on_device and backend != "cuda":
        raise InputError(
            f"the backend '{backend}' needs arrays in host memory; got device arrays. "
            "Copy them to the host, or use backend='cuda'."
        )
    return backend


def choose_instruction_set(kernel: str, backend: str, instruction_set: str | None) -> str:
    """The instruction set that the backend will use; empty where there is none to choose, or the GPU's backend may."""
    sets = instruction_sets(kernel, backend)
    if backend != "compiled" and instruction_set is None:
        return ""
    if backend != "compiled" and not sets:
        raise InputError(
            f"instruction_set applies to backend='compiled'; got '{instruction_set}' with backend='{backend}'."
        )
    if instruction_set is None:
        usable = [level.name for level in sets if level.usable]
        if not usable:
            raise BackendUnavailableError(
                f"the backend 'compiled' cannot run here: {backend_availability('compiled').reason}."
            )
        return usable[0]
    for level in sets:
        if level.name == instruction_set:
            if level.usable:
                return level.name
            raise BackendUnavailableError(f"the instruction set '{instruction_set}' cannot run here: {level.reason}.")
    raise InputError(
        f"instruction_set must be one of {', '.join(level.name for level in sets)}; got '{instruction_set}'."
    )


def backend_module(kernel: str, backend: str | None, on_device: bool, offered: Sequence[str] = BACKENDS) -> Any:
    """The module of a kernel's backend that will run, or an error with the reason why the requested one cannot."""
    return _module(kernel, choose_backend(backend, on_device, offered))


def prepare(
    kernel: str,
    backend: str | None,
    instruction_set: str | None,
    threads: int | None,
    on_device: bool,
    offered: Sequence[str] = BACKENDS,
) -> tuple[Any, tuple[str, int]]:
    """The module of the backend that will run, and the last arguments of its functions: instruction set and threads."""
    chosen = choose_backend(backend, on_device, offered)
    level = choose_instruction_set(kernel, chosen, instruction_set)
    return _module(kernel, chosen), (level, thread_count(threads))


def _module(kernel: str, backend: str) -> Any:
    return importlib.import_module(f"artgen_fast.kernels.{kernel}.{_MODULES.get(backend, backend)}")


MOST_THREADS = 4096
"""More than any machine has: each has memory of its own."""


def thread_count(threads: int | None) -> int:
    """Threads to use: as requested, or the CPUs that this process may run on.

    A kernel makes do with fewer where it has fewer tasks, or the system gives no more.
    """
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    number = whole_number(threads)
    if number is None or not 1 <= number <= MOST_THREADS:
        raise InputError(f"threads must be a whole number from 1 to {MOST_THREADS:,}; got {threads!r}.")
    return number
