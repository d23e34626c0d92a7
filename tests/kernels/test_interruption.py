"""Ctrl-C ends a long search or run of chains at once, not when it is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artgen_fast.kernels import dispatch

CODE = """
import numpy as np
from artgen_fast.kernels import (
    gibbs, hamming, identical_haplotypes, pair_counts, shared_haplotypes, surrounding_stretches
)

rows = np.random.default_rng(0).integers(0, 1 << 63, (60_000, WORDS), dtype=np.uint64)
weights, biases = np.zeros((2_048, 100), np.float32), (np.zeros(2_048, np.float32), np.zeros(100, np.float32))


def search(rows):
    return lambda: hamming.within(rows, backend="compiled", threads=THREADS).distances


def chains(rows):
    start, steps = np.ascontiguousarray(rows[:, :32]), 1 + len(rows) // 100
    return lambda: gibbs.sample(weights, *biases, start, steps, backend="compiled", threads=THREADS).visible


def stretches(rows):
    return lambda: shared_haplotypes.longest_shared(rows, rows, backend="compiled", threads=THREADS).sites


def classes(rows):
    # Two tasks of which one is long: a thread without work has to notice, too.
    panel = pair_counts.site_major(rows)
    ends = [1, panel.n_sites]
    return lambda: identical_haplotypes.haplotype_classes(
        panel, [0, 0], ends, backend="compiled", threads=THREADS
    ).T


def surroundings(rows):
    observed = np.arange(64 * rows.shape[1]) % 100 != 5
    hidden = np.flatnonzero(~observed)
    return lambda: surrounding_stretches.longest_around(
        rows[:50], rows, observed, hidden, 5, backend="compiled", threads=THREADS
    ).lengths


work, next_work = WORK(rows), WORK(rows[:50])
print("working", flush=True)
try:
    work()
    print("finished", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
# And the next one is not.
print(len(next_work()), flush=True)
"""
WORDS = {"search": 160, "chains": 160, "stretches": 160, "classes": 320, "surroundings": 160}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on POSIX")
@pytest.mark.parametrize("work", WORDS)
@pytest.mark.parametrize("threads", [1, 3])
def test_long_work_is_interrupted(work, threads, fresh_python):
    if not dispatch.backend_availability("compiled").usable:
        pytest.skip("no compiled module")
    if "san.so" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("a sanitizer holds signals back until the work is done")
    code = CODE.replace("THREADS", str(threads)).replace("WORK(", f"{work}(").replace("WORDS", str(WORDS[work]))
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
    assert waited < 1.5


def test_an_interruption_is_told_before_a_helpers_failure(compiled_by_gxx, tmp_path):
    program = tmp_path / "interrupted_team"
    headers = Path(__file__).parents[2] / "csrc"
    compiled_by_gxx(Path(__file__).with_name("interrupted_team.cpp"), program, ["-pthread", f"-I{headers}"])
    # Without a sanitizer's library, that the program was not built for.
    told = subprocess.run([str(program)], check=True, capture_output=True, text=True, env={})
    assert told.stdout == "interruption\n"
