"""Time the kernels on an NVIDIA GPU, ours against the peers, in one run: ``python bench/gpu.py [subject ...]``.

Panels, weights and answers are on the device, and times are those of its own events. As in the other benchmarks every
contender runs once a round, a wrong answer stops the run, and results are kept in bench/results/, in a file named after
the card. It needs CuPy and torch with CUDA.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import machine
import rounds

from artgen_fast.kernels import dispatch

WORDS = 1_024
"""Of a row: 65,536 sites."""

ROWS = (5_008, 16_384, 65_536)
N_VISIBLE, N_HIDDEN, CHAINS, STEPS = 10_000, 1_000, (1_000, 5_008), 50
HAPLOTYPES, PAIRS = 5_008, 4_000_000
MINIBATCH, UPDATE_STEPS = 500, 20


def main() -> None:
    options = parse_arguments()
    availability = dispatch.backend_availability("cuda")
    if not availability.usable:
        sys.exit(f"this benchmark needs an NVIDIA GPU: {availability.reason}.")
    about = machine.about("numpy", "torch", "cupy-cuda12x", "cupy-cuda13x") | {"card": card()}
    for subject in options.subjects or SUBJECTS:
        for question, entries in SUBJECTS[subject](options.rows):
            measurements = rounds.time_in_rounds(list(entries), options.repeats)
            title = f"{subject}: {', '.join(f'{name} {value}' for name, value in question.items())}"
            rounds.print_table(title, measurements)
            path = options.results / f"gpu-{re.sub('[^a-z0-9]+', '-', about['card']['name'].lower())}.jsonl"
            rounds.append_to(path, [about | {"subject": subject} | question | each for each in measurements])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"of {', '.join(SUBJECTS)}; default: all")
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS), help=f"of nearest neighbours ({ROWS})")
    parser.add_argument("--repeats", type=int, default=5, help="rounds; the median is reported (default: 5)")
    parser.add_argument("--results", type=Path, default=rounds.RESULTS, help="folder for the results")
    options = parser.parse_args()
    unknown = [name for name in options.subjects if name not in SUBJECTS]
    if unknown:
        parser.error(f"unknown subject {', '.join(unknown)}; choose from {', '.join(SUBJECTS)}")
    return options


def card() -> dict[str, Any]:
    """Name, multiprocessors, memory and driver."""
    import cupy

    runtime = cupy.cuda.runtime
    found = runtime.getDeviceProperties(cupy.cuda.Device().id)
    return {
        "name": found["name"].decode(),
        "multiprocessors": found["multiProcessorCount"],
        "memory": found["totalGlobalMem"],
        "driver": runtime.driverGetVersion(),
    }


def nearest(rows: list[int]) -> Any:
    from gpu_contenders import nearest_both_ways

    for n in rows:
        yield {"rows": n, "sites": 64 * WORDS, "bit_pairs": n * n * 64 * WORDS}, nearest_both_ways.entries(n, WORDS)


def sampled_ld(rows: list[int]) -> Any:
    from gpu_contenders import sampled_ld

    question = {"haplotypes": HAPLOTYPES, "sites": 64 * WORDS, "pairs": PAIRS}
    yield question, sampled_ld.entries(HAPLOTYPES, 64 * WORDS, PAIRS)


def gibbs(rows: list[int]) -> Any:
    from gibbs_contenders.workload import Workload
    from gpu_contenders import gibbs_steps

    for n in CHAINS:
        work = Workload.random(N_VISIBLE, N_HIDDEN, n, STEPS, threads=1)
        question = {"visible": N_VISIBLE, "hidden": N_HIDDEN, "chains": n, "steps": STEPS}
        yield question | {"products_alone": gibbs_steps.products_alone(work)}, gibbs_steps.entries(work)


def training(rows: list[int]) -> Any:
    """One update, and as many as an epoch has."""
    from gibbs_contenders import updates
    from gibbs_contenders.workload import Workload
    from gpu_contenders.memory import peak_bytes

    work = Workload.random(N_VISIBLE, N_HIDDEN, MINIBATCH, UPDATE_STEPS, threads=1)
    for n_updates in (1, HAPLOTYPES // MINIBATCH):
        question = {"visible": N_VISIBLE, "hidden": N_HIDDEN, "minibatch": MINIBATCH, "steps": UPDATE_STEPS}
        entries = list(updates.entries(work, "cuda", n_updates))
        yield question | {"updates": n_updates} | peak_bytes(entries), entries


SUBJECTS: dict[str, Callable[[list[int]], Any]] = {
    "nearest": nearest,
    "sampled_ld": sampled_ld,
    "gibbs": gibbs,
    "training": training,
}

if __name__ == "__main__":
    main()
