"""Searches among other threads and processes: called at the same time, and after a fork."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from artgen_fast.kernels import hamming
from artgen_fast.kernels.hamming import reference

AFTER_A_FORK = """
import os, sys, warnings
import numpy as np
from artgen_fast.kernels import hamming
warnings.simplefilter("ignore")  # Python warns of every fork of a process with threads
rows = np.random.default_rng(0).integers(0, 2**64, (600, 8), dtype=np.uint64)
expected = hamming.within(rows, threads=2, **{engine})
child = os.fork()
if child == 0:
    answer = hamming.within(rows, threads=2, **{engine})
    os._exit(0 if np.array_equal(answer.indices, expected.indices) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_searches_at_the_same_time(engine, panel):
    rows, others = panel("copies", 600, 8), panel("copies", 500, 8)
    within, cross = reference.within(rows, 2, True), reference.cross(rows, others, True)
    with ThreadPoolExecutor(4) as pool:
        answers = [
            (pool.submit(hamming.within, rows, 2, True, threads=2, **engine), within)
            if turn % 2
            else (pool.submit(hamming.cross, rows, others, True, threads=2, **engine), cross)
            for turn in range(8)
        ]
        for answer, expected in answers:
            for part, expected_part in zip(answer.result(), expected, strict=True):
                np.testing.assert_array_equal(part, expected_part)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_can_search(engine, fresh_python):
    if engine["backend"] == "cuda":
        pytest.skip("CUDA itself does not survive a fork")
    # A child that waits for a thread that the fork left behind would wait for ever.
    code = AFTER_A_FORK.format(engine=engine)
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True, **fresh_python)


def test_the_interpreter_is_free_during_a_search(engine, panel):
    # A thread that only counts gets on while a search runs.
    rows = panel("noise", 4000, 129)
    hamming.within(rows[:10], **engine)
    with ThreadPoolExecutor(1) as pool:
        search = pool.submit(hamming.within, rows, threads=1, pruning=False, **engine)
        turns = 0
        while not search.done():
            time.sleep(0.001)
            turns += 1
        search.result()
    assert turns > 3
