"""Memory grows with the rows, never with their square."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import artgen_fast
from artgen_fast.kernels.cpu import cpu_flags

ROWS = 24_000
"""A table of all pairs' distances would take 2.3 GB."""

MOST_MEGABYTES = 80

GROWTH = """
import re
from pathlib import Path
import numpy as np
from artgen_fast.kernels import hamming
def peak():  # not getrusage: its peak begins at the parent's
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
rng = np.random.default_rng(0)
rows = rng.integers(0, 2**64, ({rows}, 8), dtype=np.uint64)
others = rows[::-1].copy()
hamming.within(rows[:64], histogram=True, threads=2, **{engine})
hamming.cross(rows[:64], others[:64], histogram=True, threads=2, **{engine})
before = peak()
hamming.within(rows, k=8, histogram=True, threads=2, **{engine})
hamming.cross(rows, others, threads=2, pruning=True, **{engine})
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak memory is read from /proc")
def test_memory_stays_small(engine, tmp_path):
    if engine["backend"] == "cuda":
        pytest.skip("its rows are in the device's memory")
    if engine.get("instruction_set") == "amx_int8" and "amx_int8" not in cpu_flags():
        pytest.skip("its tiles are emulated, which takes minutes")
    growth = subprocess.run(
        [sys.executable, "-c", GROWTH.format(rows=ROWS, engine=engine)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(artgen_fast.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert float(growth) < MOST_MEGABYTES
