"""Artificial human genomes: generate them, and measure how real, how overfitted and how private they are."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from artgen_fast.haplotypes import Haplotypes, Samples, Sites, concatenate

if TYPE_CHECKING:
    from artgen_fast import generators, io, kernels, metrics, privacy, report, simulation
    from artgen_fast.evaluation import Evaluation, evaluate
    from artgen_fast.io import read, write

__version__ = "0.1.0"

__all__ = [
    "Evaluation",
    "Haplotypes",
    "Samples",
    "Sites",
    "concatenate",
    "evaluate",
    "generators",
    "io",
    "kernels",
    "metrics",
    "privacy",
    "read",
    "report",
    "simulation",
    "write",
]

_MODULES = frozenset({"generators", "io", "kernels", "metrics", "privacy", "report", "simulation"})
_HOMES = {
    "Evaluation": "artgen_fast.evaluation",
    "evaluate": "artgen_fast.evaluation",
    "read": "artgen_fast.io",
    "write": "artgen_fast.io",
}


def __getattr__(name: str) -> Any:
    # Loaded at first use: importing the package must not import torch, Numba or SciPy.
    if name in _MODULES:
        return importlib.import_module(f"artgen_fast.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'artgen_fast' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
