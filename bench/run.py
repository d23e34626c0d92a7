"""Run benchmarks one after the other, each as it is run alone: ``python bench/run.py [benchmark ...]``.

Without names those of the kernels and of whole evaluations; those of trained models take up to an hour, and are run by
name only.
Each appends to bench/results/. The exit status is 1 if one of them ends with an error or misses a goal.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

BY_DEFAULT = ("hamming", "pair_counts", "gibbs", "evaluation")
BY_NAME_ONLY = ("demo", "false_alarms", "rbm_quality", "chain_quality", "window_ties")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ", ".join((*BY_DEFAULT, *BY_NAME_ONLY))
    parser.add_argument("benchmarks", nargs="*", metavar="benchmark", help=f"of {names}; default: the first four")
    benchmarks = parser.parse_args().benchmarks or BY_DEFAULT
    unknown = [name for name in benchmarks if name not in (*BY_DEFAULT, *BY_NAME_ONLY)]
    if unknown:
        parser.error(f"a benchmark must be one of {names}; got {', '.join(unknown)}")
    failed = [name for name in benchmarks if run(name)]
    if failed:
        sys.exit(f"not as it should be: {', '.join(failed)}; see above.")


def run(name: str) -> int:
    """Run one, and return its exit status."""
    print(f"{name}.py", flush=True)
    return subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=False).returncode


if __name__ == "__main__":
    main()
