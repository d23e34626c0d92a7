"""Memory grows with what is returned, never with the pairs of sites that are gone through."""

from __future__ import annotations

import pytest

MOST_MEGABYTES = 60

FIRST = """
from artgen_fast.kernels import pair_counts
def count(turned, pairs, edges):
    pair_counts.binned_r2(turned, edges, threads=2, **{engine})
    pair_counts.r2(turned, *pairs, threads=2, **{engine})
    pair_counts.joint_counts(turned, *pairs, pairs[0], threads=2, **{engine})
rng = np.random.default_rng(0)
rows = rng.integers(0, 2**64, (500, 125), dtype=np.uint64)  # 8,000 sites: a table of their r² would take 512 MB
turned = pair_counts.site_major(rows, threads=2, **{engine})
pairs = rng.integers(0, 8000, (2, 1_000_000))  # the rows of their sites would take 64 MB, twice
count(turned.take(np.arange(100)), pairs[:, :10] % 100, [0, 40, 100])
"""


def test_memory_stays_small(engine, growth_of_peak_memory):
    if engine["backend"] == "cuda":
        pytest.skip("its panel is in the device's memory")
    growth = growth_of_peak_memory(FIRST.format(engine=engine), "count(turned, pairs, [0, 1000, 2500, 8000])")
    assert growth < MOST_MEGABYTES
