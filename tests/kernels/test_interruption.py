"""Ctrl-C ends a long search or run of chains at once, not when it is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from artgen_fast.kernels import dispatch

CODE = """
import numpy as np
from artgen_fast.kernels import gibbs, hamming, shared_haplotypes

rows = np.random.default_rng(0).integers(0, 1 << 63, (60_000, 160), dtype=np.uint64)
weights, biases = np.zeros((2_048, 100), np.float32), (np.zeros(2_048, np.float32), np.zeros(100, np.float32))


def search(rows):
    return hamming.within(rows, backend="compiled", threads=THREADS).distances


def chains(start):
    steps = 1 + len(start) // 100
    start = np.ascontiguousarray(start[:, :32])
    return gibbs.sample(weights, *biases, start, steps, backend="compiled", threads=THREADS).visible


def stretches(rows):
    return shared_haplotypes.longest_shared(rows, rows, backend="compiled", threads=THREADS).sites


print("working", flush=True)
try:
    WORK(rows)
    print("finished", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
# And the next one is not.
print(len(WORK(rows[:50])), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on POSIX")
@pytest.mark.parametrize("work", ["search", "chains", "stretches"])
@pytest.mark.parametrize("threads", [1, 3])
def test_long_work_is_interrupted(work, threads, fresh_python):
    if not dispatch.backend_availability("compiled").usable:
        pytest.skip("no compiled module")
    if "san.so" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("a sanitizer holds signals back until the work is done")
    code = CODE.replace("THREADS", str(threads)).replace("WORK", work)
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **fresh_python) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        time.sleep(0.5)
        begin = time.perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        waited = time.perf_counter() - begin
        assert process.stdout.readline() == "50\n"
        assert process.wait() == 0
    assert waited < 3
