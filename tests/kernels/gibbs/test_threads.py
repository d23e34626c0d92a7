"""Chains among other threads and processes: run at the same time, and after a fork."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from artgen_fast.kernels import gibbs

AFTER_A_FORK = """
import os, sys, warnings
import numpy as np
from artgen_fast.kernels import gibbs
warnings.simplefilter("ignore")  # Python warns of every fork of a process with threads
rng = np.random.default_rng(0)
machine = [rng.standard_normal(shape).astype(np.float32) for shape in ((200, 70), 200, 70)]
start = gibbs.random_start(90, 200)
expected = gibbs.sample(*machine, start, 3, threads=2, **{engine}).visible
child = os.fork()
if child == 0:
    answer = gibbs.sample(*machine, start, 3, threads=2, **{engine}).visible
    os._exit(0 if np.array_equal(answer, expected) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_runs_at_the_same_time(engine, machine):
    given, start = machine(300, 90), gibbs.random_start(100, 300)
    expected = gibbs.sample(*given, start, 4, backend="numba", threads=1)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(gibbs.sample, *given, start, 4, threads=3, **engine) for _ in range(8)]
        for run in runs:
            for part, expected_part in zip(run.result(), expected, strict=True):
                np.testing.assert_array_equal(part, expected_part)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_can_sample(engine, fresh_python):
    if engine["backend"] == "cuda":
        pytest.skip("CUDA itself does not survive a fork")
    code = AFTER_A_FORK.format(engine=engine)
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True, **fresh_python)


def test_the_interpreter_is_free_while_chains_run(engine, machine):
    given, start = machine(2000, 300), gibbs.random_start(800, 2000)
    gibbs.sample(*given, start[:1], 1, **engine)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(gibbs.sample, *given, start, 20, threads=1, **engine)
        turns = 0
        while not run.done():
            time.sleep(0.001)
            turns += 1
        run.result()
    assert turns > 3
