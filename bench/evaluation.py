"""Time ``artgen evaluate`` from start-up to report, and its memory: ``python bench/evaluation.py [case ...]``.

A real panel against mosaics of its own rows, on two CPUs. The goals are the project's: 60 s for 5008 haplotypes against
5008 of 65,535 sites, 15 s for 10,000 sites, and a peak memory of 4 times the packed panels and 600 MB. Each run has a
process of its own, and what came out is kept in bench/results/ whether or not the goals are met; the exit status is 1
if one is missed. Panels are made before, in another process.

``--holdout`` also gives a hold-out (as many other mosaics, in the place of unseen people) and population labels, so
that no statistic is left out but those of ``--options --utility``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cases
import machine
import rounds
import whole_process

CPUS = 2
MEMORY_A_PACKED_BYTE, MEMORY_BESIDES = 4, 600 * 10**6


class Goal(NamedTuple):
    """A case that has a goal."""

    file: str
    seconds: float


GOALS = {"real-65535": Goal(cases.SEVEN_LOCI, 60), "real-10000": Goal(cases.CHR1, 15)}


def main() -> None:
    options = parse_arguments()
    machine.ask_for_priority()
    machine.pin(CPUS)
    failures = []
    for name in options.cases or GOALS:
        about = machine.about("numpy", "numba", "scipy", "matplotlib") | {"options": options.options}
        try:
            measured = measure(name, options)
        except cases.CaseUnavailableError as missing:
            print(f"{name}: left out: {missing}", file=sys.stderr)
            continue
        missed = list(shortcomings(measured))
        show(measured)
        if options.results is not None:
            rounds.append(options.results, "evaluation", [about | measured | {"goals_met": not missed}])
        failures += missed
    if failures:
        sys.exit("\n".join(failures))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="case", help=f"default: all ({', '.join(GOALS)})")
    parser.add_argument("--repeats", type=int, default=3, help="runs; the median time is reported (default: 3)")
    parser.add_argument("--rows", type=int, help="cut the panels to this many rows, to try it; not recorded")
    parser.add_argument("--results", type=Path, help="folder for the results (default: bench/results, unless --rows)")
    parser.add_argument("--holdout", action="store_true", help="with a hold-out, and labels")
    parser.add_argument(
        "--options", nargs=argparse.REMAINDER, default=[], help="all that follows is given to artgen evaluate"
    )
    options = parser.parse_args()
    unknown = [name for name in options.cases if name not in GOALS]
    if unknown:
        parser.error(f"unknown case {', '.join(unknown)}; choose from {', '.join(GOALS)}")
    if options.results is None and options.rows is None:
        options.results = rounds.RESULTS
    return options


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Evaluate a case several times."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # In another process, since a command is charged with the most that its starter ever had in memory.
        about = rounds.in_own_process(write_panels, name, options.rows, folder, options.holdout)
        given = [*(more_inputs(folder) if options.holdout else ()), *options.options]
        every = [
            whole_process.run(command(folder / "real.hapbits", folder / "mosaics.hapbits", folder / f"{run}", given))
            for run in range(options.repeats)
        ]
    failed = [spent.status for spent in every if spent.status]
    if failed:
        raise RuntimeError(f"artgen evaluate must end with exit status 0; it ended with {failed[0]}")
    return {
        "case": name,
        "holdout": options.holdout,
        **about,
        "cpus": rounds.cpus(),
        "seconds": [round(spent.seconds, 2) for spent in every],
        "processor_seconds": [round(spent.processor_seconds, 2) for spent in every],
        "median": round(statistics.median(spent.seconds for spent in every), 2),
        "peak_memory": max(spent.peak_memory for spent in every),
        "goal_seconds": GOALS[name].seconds,
        "goal_memory": MEMORY_A_PACKED_BYTE * about["packed_input"] + MEMORY_BESIDES,
    }


def write_panels(name: str, rows: int | None, folder: Path, with_holdout: bool = False) -> dict[str, Any]:
    """Write the panels, with the real sites and people; say how large they are."""
    from artgen_fast import io
    from artgen_fast.haplotypes import Haplotypes, Samples

    n_sites = cases.CASES[name].n_sites
    real = io.read(cases.real_panel(GOALS[name].file))[slice(rows), slice(n_sites)]
    packed, mosaics = cases.CASES[name].panels(rows)
    if not (packed == real.packed).all():
        raise ValueError(f"the mosaics must be of the same rows as the panel of {name}; they are not")
    io.write(real, folder / "real.hapbits")
    made = {"mosaics": mosaics}
    if with_holdout:
        made["unseen"] = cases.mosaics(real.packed, n_sites, seed=cases.SEED + 1)
    for file, packed in made.items():
        # What stands for unseen people has to come in pairs, as people do.
        of_people = Samples.from_persons([f"U{person}" for person in range(len(packed) // 2)])
        samples = of_people if file == "unseen" else Samples.synthetic(len(packed))
        io.write(Haplotypes(packed, n_sites, real.sites, samples), folder / f"{file}.hapbits")
    return {
        "rows": [len(real), *map(len, made.values())],
        "n_sites": n_sites,
        "packed_input": real.packed.nbytes + sum(packed.nbytes for packed in made.values()),
    }


def more_inputs(folder: Path) -> list[str]:
    """The hold-out and the labels, as options."""
    labels = cases.real_file("labels", cases.LABELS)
    return [
        *("--holdout", str(folder / "unseen.hapbits")),
        *("--labels", str(labels), "--label-column", "superpopulation"),
    ]


def command(real: Path, synthetic: Path, output: Path, options: Sequence[str]) -> list[str]:
    """The evaluation as a user starts it, by this Python whether or not the package is installed."""
    artgen = "from artgen_fast.cli import main; main()"
    return [sys.executable, "-c", artgen, "evaluate", str(real), str(synthetic), "-o", str(output), *options]


def shortcomings(measured: dict[str, Any]) -> Iterator[str]:
    """A sentence for each goal that is missed."""
    if measured["median"] > measured["goal_seconds"]:
        yield f"{measured['case']} must take at most {measured['goal_seconds']} s; it takes {measured['median']} s."
    if measured["peak_memory"] > measured["goal_memory"]:
        yield (
            f"{measured['case']} must need at most {measured['goal_memory'] / 1e6:.0f} MB; "
            f"it needs {measured['peak_memory'] / 1e6:.0f} MB."
        )


def show(measured: dict[str, Any]) -> None:
    rows = " x ".join(map(str, measured["rows"]))
    print(
        f"\n{measured['case']}: {rows} rows x {measured['n_sites']} sites, {len(measured['cpus'] or [])} CPU(s), "
        f"median of {len(measured['seconds'])}\n"
        f"  {measured['median']:.1f} s (goal {measured['goal_seconds']:.0f}), "
        f"{statistics.median(measured['processor_seconds']):.1f} s of processors, "
        f"peak {measured['peak_memory'] / 1e6:.0f} MB (goal {measured['goal_memory'] / 1e6:.0f}, "
        f"packed panels {measured['packed_input'] / 1e6:.0f})",
        flush=True,
    )


if __name__ == "__main__":
    main()
