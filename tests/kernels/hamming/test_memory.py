"""Memory grows with the rows, never with their square."""

from __future__ import annotations

import pytest

from artgen_fast.kernels.cpu import cpu_flags

ROWS = 24_000
"""A table of all pairs' distances would take 2.3 GB."""

MOST_MEGABYTES = 80

FIRST = """
from artgen_fast.kernels import hamming
rng = np.random.default_rng(0)
rows = rng.integers(0, 2**64, ({rows}, 8), dtype=np.uint64)
others = rows[::-1].copy()
hamming.within(rows[:64], histogram=True, threads=2, **{engine})
hamming.cross(rows[:64], others[:64], histogram=True, threads=2, **{engine})
"""

THEN = """
hamming.within(rows, k=8, histogram=True, threads=2, **{engine})
hamming.cross(rows, others, threads=2, pruning=True, **{engine})
"""


def test_memory_stays_small(engine, growth_of_peak_memory):
    if engine["backend"] == "cuda":
        pytest.skip("its rows are in the device's memory")
    if engine.get("instruction_set") == "amx_int8" and "amx_int8" not in cpu_flags():
        pytest.skip("its tiles are emulated, which takes minutes")
    growth = growth_of_peak_memory(FIRST.format(rows=ROWS, engine=engine), THEN.format(engine=engine))
    assert growth < MOST_MEGABYTES
