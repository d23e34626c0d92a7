"""Generators of artificial haplotypes behind one interface: `fit`, `sample`, `save`, `load`.

Each is loaded at first use, so that only those that need torch import it.

>>> from artgen_fast import generators
>>> generators.names()
('binomial', 'markov', 'rbm', 'crbm-chain')
>>> generators.by_name("binomial").name
'binomial'
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from artgen_fast.errors import FileFormatError, InputError

if TYPE_CHECKING:
    from artgen_fast.generators.binomial import Binomial
    from artgen_fast.generators.crbm_chain import CRBMChain
    from artgen_fast.generators.interface import Generator
    from artgen_fast.generators.markov import Markov
    from artgen_fast.generators.rbm import RBM

__all__ = ["RBM", "Binomial", "CRBMChain", "Generator", "Markov", "by_name", "load", "names"]

_CLASSES = {
    "binomial": ("artgen_fast.generators.binomial", "Binomial"),
    "markov": ("artgen_fast.generators.markov", "Markov"),
    "rbm": ("artgen_fast.generators.rbm", "RBM"),
    "crbm-chain": ("artgen_fast.generators.crbm_chain", "CRBMChain"),
}
"""Name of a model → module and class."""


_HOMES = {class_name: module for module, class_name in _CLASSES.values()} | {
    "Generator": "artgen_fast.generators.interface"
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'artgen_fast.generators' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)


def names() -> tuple[str, ...]:
    """Names of all generators, simplest first."""
    return tuple(_CLASSES)


def by_name(name: str) -> type[Generator]:
    """The class of a generator.

    Raises
    ------
    InputError
        If there is no generator of that name.
    """
    if name not in _CLASSES:
        raise InputError(f"the model must be one of {', '.join(_CLASSES)}; got '{name}'.")
    module, class_name = _CLASSES[name]
    generator: type[Generator] = getattr(importlib.import_module(module), class_name)
    return generator


def load(folder: str | os.PathLike[str]) -> Generator:
    """Read a fitted generator of any kind from the folder that it was saved to.

    Raises
    ------
    InputError
        If the folder holds no whole model.
    FileFormatError
        If a file in it is cut short, corrupt or disagrees with another.
    """
    from artgen_fast.generators import model_folder

    saved = model_folder.read(folder)
    if saved.model not in _CLASSES:
        raise FileFormatError(
            f"{saved.path}: the model must be one of {', '.join(_CLASSES)}; got '{saved.model}'. "
            "It may come from a newer artgen_fast."
        )
    return by_name(saved.model).from_saved(saved)
