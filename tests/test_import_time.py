"""Importing the package is quick, and the kernels need no torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import artgen_fast
from artgen_fast.kernels import dispatch

SLOW = ["torch", "numba", "scipy", "cupy", "matplotlib", "msprime"]

IMPORT = f"""
import json, sys, time
begin = time.perf_counter()
import artgen_fast
seconds = time.perf_counter() - begin
print(json.dumps({{"seconds": seconds, "slow": [name for name in {SLOW} if name in sys.modules]}}))
"""

SEARCH = """
import sys
sys.modules.update(dict.fromkeys({hidden}))  # importing one of these raises ImportError
from artgen_fast.haplotypes import pack
from artgen_fast.kernels import hamming
panel = pack([[0, 0, 0], [0, 1, 1], [0, 1, 0]])
engine = {{"backend": "{backend}"}}
distances, indices = hamming.nearest(panel, panel, k=2, exclude_self=True, **engine)
assert indices.tolist() == [[2, 1], [2, 0], [0, 1]], indices
assert hamming.within(panel, histogram=True, **engine).histogram[:3].tolist() == [0, 2, 1]
assert hamming.cross(panel, panel[:1], **engine).row_distances.tolist() == [0, 2, 1]
assert hamming.histogram(panel, panel, **engine)[:3].tolist() == [3, 4, 2]
"""


def run(code: str, folder: Path) -> str:
    # In another folder, since Python looks there first; the package is the one under test.
    environment = {**os.environ, "PYTHONPATH": str(Path(artgen_fast.__file__).parents[1])}
    completed = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_importing_the_package_is_quick_and_imports_nothing_slow(tmp_path):
    # NumPy's own time counts; the best of three leaves out a cold disk and other work of the machine.
    runs = [json.loads(run(IMPORT, tmp_path)) for _ in range(3)]
    assert all(one["slow"] == [] for one in runs)
    assert min(one["seconds"] for one in runs) < 0.5


@pytest.mark.parametrize(
    ("backend", "hidden"), [("compiled", ["torch", "numba", "scipy"]), ("numba", ["torch"]), ("reference", SLOW)]
)
def test_kernels_work_without_torch(tmp_path, backend, hidden):
    availability = dispatch.backend_availability(backend)
    if not availability.usable:
        pytest.skip(availability.reason)
    run(SEARCH.format(backend=backend, hidden=hidden), tmp_path)
