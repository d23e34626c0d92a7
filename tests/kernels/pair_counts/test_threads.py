"""Counting among other threads and processes: called at the same time, after a fork, and with the interpreter free."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from artgen_fast.kernels import pair_counts

AFTER_A_FORK = """
import os, sys, warnings
import numpy as np
from artgen_fast.kernels import pair_counts
warnings.simplefilter("ignore")  # Python warns of every fork of a process with threads
rows = np.random.default_rng(0).integers(0, 2**64, (600, 8), dtype=np.uint64)
expected = pair_counts.binned_r2(pair_counts.site_major(rows, threads=2, **{engine}), [0, 512], threads=2, **{engine})
child = os.fork()
if child == 0:
    answer = pair_counts.binned_r2(pair_counts.site_major(rows, threads=2, **{engine}), [0, 512], threads=2, **{engine})
    os._exit(0 if np.array_equal(answer.mean, expected.mean) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_calls_at_the_same_time(engine, turned):
    site_major = turned("people", 300, 700)
    edges, pairs = [0, 100, 700], np.random.default_rng(0).integers(0, 700, (2, 10_000))
    expected = {
        pair_counts.binned_r2: pair_counts.binned_r2(site_major, edges, backend="reference").mean,
        pair_counts.r2: pair_counts.r2(site_major, *pairs, backend="reference"),
    }
    with ThreadPoolExecutor(4) as pool:
        binned = [pool.submit(pair_counts.binned_r2, site_major, edges, threads=2, **engine) for _ in range(4)]
        of_pairs = [pool.submit(pair_counts.r2, site_major, *pairs, threads=2, **engine) for _ in range(4)]
        for answer in binned:
            np.testing.assert_array_equal(answer.result().mean, expected[pair_counts.binned_r2])
        for answer in of_pairs:
            np.testing.assert_array_equal(answer.result(), expected[pair_counts.r2])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_can_count(engine, fresh_python):
    if engine["backend"] == "cuda":
        pytest.skip("CUDA itself does not survive a fork")
    # A child that waits for a thread that the fork left behind would wait for ever.
    code = AFTER_A_FORK.format(engine=engine)
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True, **fresh_python)


def test_the_interpreter_is_free_during_a_call(engine, turned):
    # A thread that only counts gets on while another goes through all pairs of sites.
    site_major = turned("noise", 1000, 2000)
    site_major = site_major.take(np.arange(8000) % 2000)
    pair_counts.binned_r2(site_major.take(np.arange(10)), [0, 10], **engine)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(pair_counts.binned_r2, site_major, [0, 8000], threads=1, **engine)
        turns = 0
        while not call.done():
            time.sleep(0.001)
            turns += 1
        call.result()
    assert turns > 3
