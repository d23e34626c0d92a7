"""The examples of docstrings give what they say."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil

import pytest

import artgen_fast

MODULES = [
    module.name
    for module in pkgutil.walk_packages(artgen_fast.__path__, "artgen_fast.")
    # They import CuPy.
    if not module.name.endswith(".cuda") or importlib.util.find_spec("cupy")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files
    found = doctest.testmod(importlib.import_module(name))
    assert not found.failed, "what differs was printed"


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    kernels = ("hamming", "pair_counts", "gibbs", "bit_product")
    for kernel in kernels:
        tests = finder.find(importlib.import_module(f"artgen_fast.kernels.{kernel}"))
        assert any(test.examples for test in tests), kernel
