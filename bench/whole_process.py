"""A command as a process of its own: its time, its processors' time and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple


class Spent(NamedTuple):
    """What a process took, by the system's account of it and of the processes that it waited for."""

    status: int
    seconds: float
    """By the clock, which other work on the machine lengthens."""
    processor_seconds: float
    """Of all processors, in the program and in the system for it."""
    peak_memory: int
    """Bytes, of the largest single process; files mapped into memory count. Linux starts it at the peak that this
    process had reached before: measure from a small one."""


def run(arguments: Sequence[str]) -> Spent:
    """Run a command to its end; it ends with this process, should that be stopped."""
    begin = time.perf_counter()
    process = subprocess.Popen(arguments)
    try:
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return Spent(process.returncode, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)
