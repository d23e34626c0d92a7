"""Memory grows with the products and their matrices, never with the panel unpacked."""

from __future__ import annotations

MOST_MEGABYTES = 40
"""Unpacked the panel would take 131 MB; a turned copy of it 16 MB beside the 6 MB of products and matrices."""

FIRST = """
from artgen_fast.kernels import bit_product
rows = np.random.default_rng(0).integers(0, 2**64, (8000, 256), dtype=np.uint64)
b, y = np.ones((16384, 16), np.float32), np.ones((8000, 16), np.float32)
bit_product.times(rows[:9], b, threads=2, **{engine})
bit_product.transposed_times(rows[:9], y[:9], threads=2, **{engine})
"""

THEN = """
bit_product.times(rows, b, threads=2, **{engine})
bit_product.transposed_times(rows, y, threads=2, **{engine})
"""


def test_memory_stays_small(engine, growth_of_peak_memory):
    assert growth_of_peak_memory(FIRST.format(engine=engine), THEN.format(engine=engine)) < MOST_MEGABYTES
