"""A system that gives fewer threads than are asked for makes kernels slower: it neither stops them nor their answer."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from artgen_fast.kernels import dispatch

pytest.importorskip("resource")

CODE = """
import resource, sys
import numpy as np
from artgen_fast.kernels import gibbs, hamming
from artgen_fast.haplotypes import Haplotypes

rng = np.random.default_rng(0)
weights = rng.normal(size=(700, 200)).astype(np.float32)
biases = np.zeros(700, np.float32), np.zeros(200, np.float32)
start = Haplotypes.from_alleles(rng.integers(0, 2, (2000, 700))).packed
answers = []
for threads in (1, 1000):
    if threads > 1:
        # Room for some more stacks of threads, and not for a thousand.
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30),) * 2)
    visible = gibbs.sample(weights, *biases, start, 3, backend="compiled", threads=threads).visible
    answers.append((visible.tobytes(), hamming.nearest(start, start, backend="compiled", threads=threads)[0].tobytes()))
sys.exit(answers[0] != answers[1])
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is told by Linux")
def test_a_thousand_threads_that_are_not_to_be_had_give_the_same_answer(fresh_python):
    if not dispatch.backend_availability("compiled").usable:
        pytest.skip("no compiled module")
    if "san.so" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("a sanitizer needs more address space than is left")
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, timeout=120, capture_output=True, text=True, **fresh_python)
    assert done.returncode == 0, done.stderr
