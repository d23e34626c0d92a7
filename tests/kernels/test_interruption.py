"""Ctrl-C ends a long search at once, not when the search is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from artgen_fast.kernels import dispatch

CODE = """
import numpy as np, time
from artgen_fast.kernels import hamming

rows = np.random.default_rng(0).integers(0, 1 << 63, (60_000, 160), dtype=np.uint64)
print("searching", flush=True)
try:
    hamming.within(rows, backend="compiled", threads=THREADS)
    print("finished", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
# And the next one is not.
print(hamming.within(rows[:50], backend="compiled", threads=THREADS).distances.shape, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on POSIX")
@pytest.mark.parametrize("threads", [1, 3])
def test_a_search_of_billions_of_pairs_is_interrupted(threads, fresh_python):
    if not dispatch.backend_availability("compiled").usable:
        pytest.skip("no compiled module")
    if "san.so" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("a sanitizer holds signals back until the work is done")
    code = CODE.replace("THREADS", str(threads))
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **fresh_python) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "searching\n"
        time.sleep(0.5)
        begin = time.perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        waited = time.perf_counter() - begin
        assert process.stdout.readline() == "(50, 1)\n"
        assert process.wait() == 0
    assert waited < 3
