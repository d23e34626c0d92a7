"""Time the statistics of sites and pairs of sites, ours against peers, in one run: ``python bench/pair_counts.py``.

As in ``bench/hamming.py``, every claim is a ratio taken in one run: in each round every contender runs once, and rounds
repeat. Each statistic and number of threads has a process of its own, pinned to as many CPUs. What the panel is turned
or written to for a contender is not timed. An answer that differs stops the run; where a peer computes something else,
its record says what ("about"). Peers come with ``pip install '.[bench]'`` and, for plink, ``apt install plink1.9``.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import machine
import rounds
from cases import CASES, CaseUnavailableError
from pair_counts_contenders import (
    allele_counts,
    binned_r2,
    motif_counts,
    plink,
    sampled_ld,
    transposition,
)
from pair_counts_contenders.workload import Workload
from rounds import MILLISECONDS, Entry, Measurement, Unit

from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.kernels import pair_counts

CASE = "real-65535"
PAIRS, QUICK_PAIRS = 4_000_000, 20_000
QUICK_ROWS = 256
NANOSECONDS_A_PAIR = Unit("ns a pair", 1e9)


class Statistic(NamedTuple):
    """Something to count."""

    about: str
    entries: Callable[[Workload], Iterator[Entry]]
    unit: Unit = MILLISECONDS


STATISTICS = {
    "ld-chains": Statistic(
        "r² of sampled pairs of sites, contiguous ones at gaps of 1, 2, 4, …",
        sampled_ld.along_chains,
        NANOSECONDS_A_PAIR,
    ),
    "ld-different-chains": Statistic(
        "the same, no pair twice",
        sampled_ld.along_different_chains,
        NANOSECONDS_A_PAIR,
    ),
    "ld-distinct": Statistic(
        "r² of sampled pairs of sites, all different, uniform in the logarithm of their gap",
        sampled_ld.of_distinct_pairs,
        NANOSECONDS_A_PAIR,
    ),
    "allele-counts": Statistic("allele counts of haplotype-major bits", allele_counts.entries),
    "transposition": Statistic("haplotype-major bits to site-major bits", transposition.entries),
    "motif-counts": Statistic("haplotypes with each motif of 8 sites", motif_counts.entries),
    "binned-r2": Statistic("mean r² of the first 10,000 sites in 250 x 250 bins", binned_r2.entries),
}


def main() -> None:
    options = parse_arguments()
    machine.ask_for_priority()
    for name, place in missing():
        print(f"note: {name} is not installed and left out; {place}", file=sys.stderr)
    for name in options.statistics or STATISTICS:
        for threads in options.threads:
            about = machine.about("numpy", "numba", "scikit-allel")
            try:
                measurements = rounds.in_own_process(
                    measure, name, options.case, threads, options.rows, options.pairs, options.repeats
                )
            except CaseUnavailableError as absent:
                sys.exit(f"{options.case}: {absent}")
            rounds.print_table(title(measurements[0]), measurements, STATISTICS[name].unit)
            if options.results is not None:
                rounds.append(options.results, "pair_counts", [about | one for one in measurements])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    listed = "; ".join(f"{name}: {each.about}" for name, each in STATISTICS.items())
    parser.add_argument("statistics", nargs="*", metavar="statistic", help=f"default: all ({listed})")
    parser.add_argument("--case", choices=CASES, default=CASE, help=f"whose first panel is taken (default: {CASE})")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="default: 1 2")
    parser.add_argument("--repeats", type=int, default=5, help="rounds; the median is reported (default: 5)")
    parser.add_argument("--rows", type=int, help="cut the panel to this many rows")
    parser.add_argument("--pairs", type=int, help=f"pairs of sites to sample (default: {PAIRS:,})")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_ROWS} rows, {QUICK_PAIRS:,} pairs, to try it; not recorded"
    )
    parser.add_argument("--results", type=Path, help="folder for the results (default: bench/results, unless --quick)")
    options = parser.parse_args()
    unknown = [name for name in options.statistics if name not in STATISTICS]
    if unknown:
        parser.error(f"unknown statistic {', '.join(unknown)}; choose from {', '.join(STATISTICS)}")
    if options.results is None and not options.quick:
        options.results = rounds.RESULTS
    if options.rows is None and options.quick:
        options.rows = QUICK_ROWS
    if options.pairs is None:
        options.pairs = QUICK_PAIRS if options.quick else PAIRS
    return options


def missing() -> Sequence[tuple[str, str]]:
    """Peers that are not installed, and where they come from."""
    peers = {
        ("scikit-allel", "pip install '.[bench]'"): importlib.util.find_spec("allel"),
        ("plink 1.9", "apt install plink1.9"): plink.executable(),
    }
    return [peer for peer, found in peers.items() if found is None]


def measure(name: str, case_name: str, threads: int, rows: int | None, n_pairs: int, repeats: int) -> list[Measurement]:
    """Time every contender on one statistic."""
    # BLAS has its threads before this process is pinned.
    from threadpoolctl import threadpool_limits

    machine.pin(threads)
    case = CASES[case_name]
    packed = case.panels(rows)[0]
    panel = Haplotypes(packed, case.n_sites, Sites.numbered(case.n_sites), Samples.synthetic(len(packed)))
    question = {
        "statistic": name,
        "case": case_name,
        "rows": len(panel),
        "n_sites": panel.n_sites,
        "threads": threads,
        "cpus": rounds.cpus(),
    }
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(threads):
        work = Workload(panel, pair_counts.site_major(panel, threads=threads), n_pairs, Path(folder), threads)
        entries = list(STATISTICS[name].entries(work))
        return [question | measurement for measurement in rounds.time_in_rounds(entries, repeats)]


def title(measurement: Measurement) -> str:
    about = STATISTICS[measurement["statistic"]].about
    return (
        f"{measurement['case']}: {about}, {measurement['rows']} rows x {measurement['n_sites']} sites, "
        f"{measurement['threads']} thread(s)"
    )


if __name__ == "__main__":
    main()
