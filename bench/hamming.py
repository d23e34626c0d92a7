"""Time exact Hamming searches, ours against the peers, in one run: ``python bench/hamming.py [case ...]``.

Absolute times drift with the machine's clock and its other work, so every claim is a ratio taken in one run: in each
round every contender searches once, and rounds repeat. Each case and number of threads has a process of its own, pinned
to one CPU for one thread. A contender whose answer differs stops the run. Peers come with ``pip install '.[bench]'``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import machine
import rounds
from cases import CASES, CaseUnavailableError
from hamming_contenders import ours, peers
from rounds import Entry, Measurement

SEARCHES = ("cross", "within", "aa_ts")
QUICK_ROWS = 256


def main() -> None:
    options = parse_arguments()
    machine.ask_for_priority()
    for name in peers.missing():
        print(f"note: {name} is not installed and left out; pip install '.[bench]'", file=sys.stderr)
    for name in options.cases or CASES:
        for threads in options.threads:
            about = machine.about("numpy", "numba", "faiss-cpu", "numkong", "scikit-learn", "msprime")
            try:
                measurements = rounds.in_own_process(
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
            print_tables(measurements)
            if options.results is not None:
                rounds.append(options.results, "hamming", [about | measurement for measurement in measurements])


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
        options.results = rounds.RESULTS
    return options


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
        entries = [Entry(one.name, one.version, *getattr(one, name)(truth, synthetic, threads)) for one in contenders]
        question = {
            "case": case_name,
            "search": name,
            "rows": [len(truth), len(synthetic)],
            "n_sites": case.n_sites,
            "threads": threads,
            "cpus": rounds.cpus(),
        }
        measurements += [question | measurement for measurement in rounds.time_in_rounds(entries, repeats)]
    return measurements


def print_tables(measurements: list[Measurement]) -> None:
    """A table a search."""
    for name in dict.fromkeys(measurement["search"] for measurement in measurements):
        chosen = [measurement for measurement in measurements if measurement["search"] == name]
        first = chosen[0]
        rows = " x ".join(map(str, first["rows"]))
        title = f"{first['case']}: {name}, {rows} rows x {first['n_sites']} sites, {first['threads']} thread(s)"
        rounds.print_table(title, chosen)


if __name__ == "__main__":
    main()
