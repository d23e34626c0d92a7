"""What a process took, by the system's account."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

MEGABYTE = 10**6


def test_time_of_the_clock_and_of_processors_are_told_apart(bench):
    spent = bench("whole_process").run([sys.executable, "-c", "import time; sum(range(2 * 10**7)); time.sleep(1)"])
    assert spent.status == 0
    assert 0.1 < spent.processor_seconds <= spent.seconds - 0.9


def test_peak_memory_is_that_of_the_command(bench):
    # From a small process of its own, since this one may be large.
    folder = Path(bench("whole_process").__file__).parent
    program = "import sys, whole_process; print(whole_process.run([sys.executable, '-c', sys.argv[1]]).peak_memory)"
    small, large = (
        int(subprocess.run([sys.executable, "-c", program, each], cwd=folder, capture_output=True, check=True).stdout)
        for each in ("pass", "x = b'x' * 200_000_000; del x")
    )
    assert small < 60 * MEGABYTE
    assert 200 * MEGABYTE < large < 260 * MEGABYTE


def test_a_status_is_told(bench):
    assert bench("whole_process").run([sys.executable, "-c", "raise SystemExit(7)"]).status == 7


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no such signals here")
def test_a_command_ends_with_the_process_that_started_it(bench, tmp_path):
    pid = tmp_path / "pid"
    endless = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"

    def interrupt():
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        bench("whole_process").run([sys.executable, "-c", endless])
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
