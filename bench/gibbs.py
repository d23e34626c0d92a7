"""Time Gibbs chains and updates of restricted Boltzmann machines, ours against PyTorch: ``python bench/gibbs.py``.

As in ``bench/hamming.py``, every claim is a ratio taken in one run: in each round every contender runs once, and rounds
repeat. Each subject and number of threads has a process of its own, pinned to as many CPUs. The peers are PyTorch as
such machines are usually written (matmul and torch.bernoulli), and with draws that are faster than torch.bernoulli.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import machine
import rounds
from gibbs_contenders import sampling, steps, updates
from gibbs_contenders.workload import Workload
from rounds import Measurement

N_VISIBLE, N_HIDDEN, N_CHAINS = 10_000, 1_000, 1_000
QUICK = 200, 50, 100
UPDATE_CHAINS, UPDATE_STEPS = 500, 20


class Subject(NamedTuple):
    """What is timed."""

    about: str
    entries: Callable[[Workload], Iterable[rounds.Entry]]


SUBJECTS = {
    "step": Subject("one step v -> h -> v", steps.entries),
    "sampling": Subject("one step with a single hidden unit", sampling.entries),
    "update": Subject("one update", updates.entries),
}


def main() -> None:
    options = parse_arguments()
    machine.ask_for_priority()
    for name in options.subjects or SUBJECTS:
        for threads in options.threads:
            about = machine.about("numpy", "numba", "torch")
            measurements = rounds.in_own_process(measure, name, threads, options.quick, options.repeats)
            rounds.print_table(title(measurements[0]), measurements)
            if options.results is not None:
                rounds.append(options.results, "gibbs", [about | one for one in measurements])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    listed = "; ".join(f"{name}: {each.about}" for name, each in SUBJECTS.items())
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"default: all ({listed})")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="default: 1 2")
    parser.add_argument("--repeats", type=int, default=3, help="rounds; the median is reported (default: 3)")
    parser.add_argument("--quick", action="store_true", help="a small machine, to try it; not recorded")
    parser.add_argument("--results", type=Path, help="folder for the results (default: bench/results, unless --quick)")
    options = parser.parse_args()
    unknown = [name for name in options.subjects if name not in SUBJECTS]
    if unknown:
        parser.error(f"unknown subject {', '.join(unknown)}; choose from {', '.join(SUBJECTS)}")
    if options.results is None and not options.quick:
        options.results = rounds.RESULTS
    return options


def measure(name: str, threads: int, quick: bool, repeats: int) -> list[Measurement]:
    """Time every contender on one subject."""
    machine.pin(threads)
    n_visible, n_hidden, n_chains = QUICK if quick else (N_VISIBLE, N_HIDDEN, N_CHAINS)
    if name == "update" and not quick:
        n_chains = UPDATE_CHAINS
    question = {
        "subject": name,
        "visible": n_visible,
        "hidden": n_hidden,
        "chains": n_chains,
        "steps": UPDATE_STEPS if name == "update" else 1,
        "threads": threads,
        "cpus": rounds.cpus(),
    }
    work = Workload.random(n_visible, n_hidden, n_chains, UPDATE_STEPS, threads)
    entries = list(SUBJECTS[name].entries(work))
    return [question | measurement for measurement in rounds.time_in_rounds(entries, repeats)]


def title(measurement: Measurement) -> str:
    return (
        f"{SUBJECTS[measurement['subject']].about}, {measurement['visible']} visible x {measurement['hidden']} hidden, "
        f"{measurement['chains']} chains, {measurement['steps']} step(s), {measurement['threads']} thread(s)"
    )


if __name__ == "__main__":
    main()
