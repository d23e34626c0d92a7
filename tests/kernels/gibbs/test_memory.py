"""Memory holds the weights and packed states, never dense ones."""

from __future__ import annotations

import pytest

from artgen_fast.kernels.cpu import cpu_flags

CHAINS, N_VISIBLE, N_HIDDEN = 8_000, 8_192, 64
"""Dense visible states of all chains would take 262 MB in float32, 66 MB in bytes; packed they take 8 MB."""

MOST_MEGABYTES = 45
"""Start, states and result packed, weights twice, and what a thread needs."""

FIRST = """
from artgen_fast.kernels import gibbs
weights = np.zeros(({n_visible}, {n_hidden}), np.float32)
visible_bias, hidden_bias = (np.zeros(n, np.float32) for n in weights.shape)
start = gibbs.random_start({chains}, {n_visible})
gibbs.sample(weights, visible_bias, hidden_bias, start[:64], 1, threads=2, **{engine})
"""

THEN = """
gibbs.sample(weights, visible_bias, hidden_bias, start, 1, threads=2, **{engine})
"""


def test_memory_stays_small(engine, growth_of_peak_memory):
    if engine["backend"] == "cuda":
        pytest.skip("its states are in the device's memory")
    if engine.get("instruction_set") == "amx_int8" and "amx_int8" not in cpu_flags():
        pytest.skip("its tiles are emulated, which takes minutes")
    names = {"chains": CHAINS, "n_visible": N_VISIBLE, "n_hidden": N_HIDDEN, "engine": engine}
    assert growth_of_peak_memory(FIRST.format(**names), THEN.format(**names)) < MOST_MEGABYTES
