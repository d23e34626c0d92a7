"""``artgen doctor``: what can run here, and why something cannot."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform

import click

import artgen_fast
from artgen_fast import kernels
from artgen_fast.errors import BackendUnavailableError
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.cpu import cpu_model

_LIBRARIES = ("numpy", "scipy", "numba", "torch", "cyvcf2", "msprime")


@click.command("doctor")
def command() -> None:
    """Show the backends and instruction sets of this machine, and why one is refused.

    Every backend gives the same answers (to rounding: bit_product, and gibbs in bf16); they differ in speed. Without a
    request the first usable one of `compiled` and `numba` runs, with its best instruction set. Ask for one in Python
    with backend=... and instruction_set=...
    """
    click.echo(f"artgen_fast {artgen_fast.__version__}, Python {platform.python_version()}")
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    _echo_table(
        "",
        [
            ("libraries", libraries),
            ("compiled module", _compiled_module()),
            ("CPU", cpu_model()),
            ("threads", f"{dispatch.thread_count(None)} usable of {os.cpu_count()} CPUs"),
            ("GPU", _gpu()),
        ],
    )
    for kernel in kernels.__all__:
        click.echo(f"\n{kernel} kernel: backends, best first")
        _echo_table("  ", _engines(kernel))


def _engines(kernel: str) -> list[tuple[str, str]]:
    """Each backend, with the instruction sets of those that have some, and whether it can run here."""
    offered = getattr(importlib.import_module(f"artgen_fast.kernels.{kernel}"), "BACKENDS", dispatch.BACKENDS)
    try:
        default = dispatch.choose_backend(None, False, offered)
    except BackendUnavailableError:
        default = ""
    rows = []
    for backend in offered:
        levels = dispatch.instruction_sets(kernel, backend)
        for level in levels or (dispatch.backend_availability(backend),):
            name = f"{backend} {level.name}" if levels else backend
            verdict = "usable" if level.usable else f"refused: {level.reason}"
            if level.usable and backend == default:
                verdict += "; runs by default"
                default = ""  # its other instruction sets run on request
            rows.append((name, verdict))
    return rows


def _compiled_module() -> str:
    core = dispatch.compiled_module()
    if core is None:
        return dispatch.backend_availability("compiled").reason
    version = getattr(core, "__version__", "") or "of unknown version"
    return f"{version} ({core.__file__})"


def _gpu() -> str:
    availability = dispatch.backend_availability("cuda")
    if not availability.usable:
        return f"none usable: {availability.reason}"
    import cupy

    runtime = cupy.cuda.runtime
    names = [runtime.getDeviceProperties(device)["name"].decode() for device in range(runtime.getDeviceCount())]
    return ", ".join(names)


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _echo_table(indent: str, rows: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{indent}{name:<{width}}  {value}")
