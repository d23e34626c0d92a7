"""What a timing depends on: the machine (never its name), the commit and the versions; and quiet while timing."""

from __future__ import annotations

import atexit
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artgen_fast.kernels.cpu import cpu_flags, cpu_model

REPOSITORY = Path(__file__).resolve().parents[1]

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bitalg", "avx512_vpopcntdq", "amx_tile", "amx_int8", "amx_bf16")
"""Features of the CPU that the kernels and the peers choose by."""


def describe() -> dict[str, Any]:
    """CPU model, the features that matter, and the number of CPUs."""
    return {
        "cpu": cpu_model(),
        "flags": [flag for flag in FLAGS if flag in cpu_flags()],
        "cpus": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def results_file_name() -> str:
    """One file a kind of machine: its CPU's model, best instruction set and number."""
    best = [flag for flag in FLAGS if flag in cpu_flags() and flag in ("avx2", "avx512_vpopcntdq", "amx_int8")]
    words = f"{cpu_model()} {best[-1] if best else ''} {os.cpu_count()}cpu"
    return re.sub(r"[^a-z0-9_]+", "-", words.lower()).strip("-") + ".jsonl"


def commit() -> str:
    """The commit that is measured; marked if tracked files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def versions(*libraries: str) -> dict[str, str]:
    """Versions of those of the libraries that are installed."""
    found = {}
    for library in libraries:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[library] = importlib.metadata.version(library)
    return found


def about(*libraries: str) -> dict[str, Any]:
    """What every record begins with: when, of what, on what, with which versions, and beside how much other work."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": describe(),
        "versions": versions(*libraries),
        "load": round(os.getloadavg()[0], 2),
    }


def ask_for_priority() -> None:
    """Raise the priority of this process's autogroup, or say that it is not permitted.

    Linux groups processes by terminal, which makes nice values meaningless across terminals: without this, background
    work of another terminal takes its full share of the time. It is put back at the end.
    """
    autogroup = Path("/proc/self/autogroup")
    try:
        before = autogroup.read_text().split()[-1]
        autogroup.write_text("-20")
    except (OSError, IndexError):
        print("note: the scheduler's priority could not be raised; other work may disturb the times", file=sys.stderr)
        return
    atexit.register(autogroup.write_text, before)


def pin(threads: int) -> None:
    """Stay on as many CPUs as there are threads, the last that may be used: they are the least used by the system."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
