"""Time exact Hamming searches, ours against the peers, in one run: ``python bench/run.py [case ...]``.

Absolute times drift with the machine's clock and its other work, so every claim is a ratio taken in one run: in each
round every contender searches once, and rounds repeat. Each case and number of threads has a process of its own, pinned
to one CPU for one thread. A contender whose answer differs stops the run. Peers come with ``pip install '.[bench]'``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import machine
import numpy as np
import ours
import peers
from answers import Search
from cases import CASES, CaseUnavailableError

SEARCHES = ("cross", "within", "aa_ts")
QUICK_ROWS = 256
RESULTS = Path(__file__).resolve().parent / "results"

Measurement = dict[str, Any]


class WrongAnswerError(RuntimeError):
    """Two contenders disagree."""


def main() -> None:
    options = parse_arguments()
    if not machine.ask_for_priority():
        print("note: the scheduler's priority could not be raised; other work may disturb the times", file=sys.stderr)
    about = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": machine.commit(),
        "machine": machine.describe(),
        "versions": machine.versions("numpy", "numba", "faiss-cpu", "numkong", "scikit-learn", "msprime"),
    }
    for name in peers.missing():
        print(f"note: {name} is not installed and left out; pip install '.[bench]'", file=sys.stderr)
    for name in options.cases or CASES:
        for threads in options.threads:
            try:
                measurements = in_own_process(
                    measure,
                    name,
                    threads,
                    options.searches,
                    options.rows or (QUICK_ROWS if options.quick else None),
                    options.repeats,
                    options.contenders,
                )
            except CaseUnavailableError as missing:
                print(f"{name}: left out: {missing}", file=sys.stderr)
                continue
            print_table(measurements)
            if options.results is not None:
                append(options.results, [about | measurement for measurement in measurements])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    listed = "; ".join(f"{case.name}: {case.about}" for case in CASES.values())
    parser.add_argument("cases", nargs="*", metavar="case", help=f"default: all ({listed})")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="default: 1 2")
    parser.add_argument("--searches", nargs="+", choices=SEARCHES, default=SEARCHES, help="default: all")
    parser.add_argument(
        "--contenders", nargs="+", default=[""], metavar="WORD", help="only those with one of these words in their name"
    )
    parser.add_argument("--repeats", type=int, default=5, help="rounds; the median is reported (default: 5)")
    parser.add_argument("--rows", type=int, help="cut the panels to this many rows")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows, to try the harness; not recorded")
    parser.add_argument("--results", type=Path, help="folder for the results (default: bench/results, unless --quick)")
    options = parser.parse_args()
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error(f"unknown case {', '.join(unknown)}; choose from {', '.join(CASES)}")
    if options.results is None and not options.quick:
        options.results = RESULTS
    return options


def in_own_process(function: Any, *arguments: Any) -> Any:
    """A fresh process, since thread pools keep the CPUs that they were started with."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def measure(
    case_name: str, threads: int, searches: tuple[str, ...], rows: int | None, repeats: int, words: list[str]
) -> list[Measurement]:
    """Time every contender on one case; one measurement for each contender and search."""
    machine.pin(threads)
    case = CASES[case_name]
    truth, synthetic = case.panels(min(filter(None, (rows, case.rows)), default=None))
    measurements = []
    for name in searches:
        contenders = [
            contender
            for contender in (*peers.contenders(case.with_scikit_learn), *ours.contenders())
            if any(word in contender.name for word in words)
        ]
        prepared = [(one, getattr(one, name)(truth, synthetic, threads)) for one in contenders]
        check_answers([(one.name, search) for one, search in prepared])
        seconds: list[list[float]] = [[] for _ in prepared]
        for _ in range(repeats):
            for times, (_, search) in zip(seconds, prepared, strict=True):
                begin = time.perf_counter()
                search.run()
                times.append(time.perf_counter() - begin)
        measurements += [
            {
                "case": case_name,
                "search": name,
                "rows": [len(truth), len(synthetic)],
                "n_sites": case.n_sites,
                "threads": threads,
                "cpus": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
                "contender": one.name,
                "version": one.version,
                "seconds": times,
                "median": statistics.median(times),
            }
            for times, (one, _) in zip(seconds, prepared, strict=True)
        ]
    return measurements


def check_answers(searches: list[tuple[str, Search]]) -> None:
    """Run every search once, which also warms it up, and require equal answers."""
    first_name, first_answer = "", None
    for name, search in searches:
        answer = search.answer(search.run())
        if first_answer is None:
            first_name, first_answer = name, answer
        elif answer.shape != first_answer.shape or not np.array_equal(answer, first_answer):
            differing = int(np.sum(answer != first_answer)) if answer.shape == first_answer.shape else "all"
            raise WrongAnswerError(
                f"{name} and {first_name} must give the same answer; {differing} of {len(first_answer)} numbers differ"
            )


def print_table(measurements: list[Measurement]) -> None:
    """Median time of each contender, and how many times as long each peer takes."""
    for name in dict.fromkeys(measurement["search"] for measurement in measurements):
        chosen = [measurement for measurement in measurements if measurement["search"] == name]
        first = chosen[0]
        print(f"\n{first['case']}: {name}, {' x '.join(map(str, first['rows']))} rows x {first['n_sites']} sites, "
              f"{first['threads']} thread(s), median of {len(first['seconds'])}")  # fmt: skip
        compared = [one for one in chosen if not one["contender"].startswith("artgen_fast")]
        print(f"  {'':<36}{'ms':>10}" + "".join(f"{'x ' + one['contender']:>16}" for one in compared))
        for one in chosen:
            ratios = "".join(f"{peer['median'] / one['median']:>16.2f}" for peer in compared)
            print(f"  {one['contender']:<36}{1e3 * one['median']:>10.2f}{ratios}")
    sys.stdout.flush()


def append(folder: Path, measurements: list[Measurement]) -> None:
    """One line of JSON a measurement, in the file of this kind of machine."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / machine.results_file_name(), "a", encoding="utf-8") as file:
        file.writelines(json.dumps(measurement) + "\n" for measurement in measurements)


if __name__ == "__main__":
    main()
