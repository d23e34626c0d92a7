"""Modules of the benchmark, which is no package."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import artgen_fast

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    """Import a module of the benchmark; all of them are forgotten at the end."""
    monkeypatch.syspath_prepend(str(BENCH))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(BENCH)):
            del sys.modules[name]


@pytest.fixture
def run_bench():
    """Run a command of the benchmark, as a user does."""

    def run(name, *arguments):
        environment = {**os.environ, "PYTHONPATH": str(Path(artgen_fast.__file__).parents[1])}
        return subprocess.run(
            [sys.executable, str(BENCH / name), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
