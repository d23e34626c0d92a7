"""The benchmark of GPUs where there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from artgen_fast.kernels import dispatch


def test_without_a_gpu_it_says_why(run_bench):
    availability = dispatch.backend_availability("cuda")
    if availability.usable:
        pytest.skip("there is a GPU")
    done = run_bench("gpu.py")
    assert done.returncode == 1
    assert done.stderr.strip() == f"this benchmark needs an NVIDIA GPU: {availability.reason}."


def test_the_script_of_a_visit_can_be_read_by_its_shell():
    script = Path(__file__).parents[2] / "bench" / "gpu.sh"
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
