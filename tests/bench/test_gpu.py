"""The benchmark of GPUs where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import artgen_fast
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


WITHOUT_LIBRARIES = """
import sys
import pytest

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
raise SystemExit(pytest.main([*{tests}, "-k", "cuda", "--collect-only", "-q", "-p", "no:cacheprovider"]))
"""


def test_its_tests_import_nothing_that_a_machine_with_a_gpu_may_lack():
    root = Path(__file__).parents[2]
    (line,) = (line for line in (root / "bench" / "gpu.sh").read_text().splitlines() if line.startswith("tests="))
    told = subprocess.run(
        ["bash", "-c", f"{line}\nprintf '%s\\n' \"${{tests[@]}}\""], capture_output=True, text=True, check=True
    )
    absent = ["allel", "click", "cyvcf2", "faiss", "jsonschema", "msprime", "numkong", "optuna", "pysam", "rich"]
    code = WITHOUT_LIBRARIES.format(absent=absent, tests=told.stdout.splitlines())
    # Not the sources in the folder, but the package that is tested.
    environment = {**os.environ, "PYTHONPATH": str(Path(artgen_fast.__file__).parents[1])}
    command = [sys.executable, "-P", "-c", code]
    collected = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert collected.returncode == 0, collected.stdout
    assert "hamming/test_exactness.py" in collected.stdout
    assert "test_answers.py" in collected.stdout
