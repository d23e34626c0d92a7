"""Run ``artgen demo`` on several seeds and check its claim on each: ``python bench/demo.py [seed ...] [--panel FILE]``.

The claim: the RBM's max |half - 1/2| of the half-tie halves of AA_TS is smaller than either baseline's by at least 0.1,
and its LD score is higher. Each demo has a process of its own, and a line of JSON in bench/results/, whether or not the
claim holds; the exit status is 1 if it fails for any seed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import machine
import rounds
import whole_process

from artgen_fast.demo import BASELINES, EVALUATION, MODEL
from artgen_fast.evaluation import HOLDOUT, Evaluation

SEEDS = (1, 2, 3)
MARGIN = 0.1

SetNumbers = dict[str, float]


def main() -> None:
    options = parse_arguments()
    failures = []
    for seed in options.seeds:
        panel = {"panel": None if options.panel is None else options.panel.name}
        about = machine.about("numpy", "torch", "msprime") | panel
        with tempfile.TemporaryDirectory() as folder:
            times = timed(command(seed, options.panel, Path(folder)))
            sets = numbers(Evaluation.from_json(Path(folder) / EVALUATION))
        failed = list(shortcomings(sets))
        record = about | {"seed": seed, **times, "sets": sets, "claim_holds": not failed}
        rounds.append(options.results, "demo", [record])
        failures += [f"seed {seed}: {sentence}" for sentence in failed]
    if failures:
        sys.exit("\n".join(["The demo's claim does not hold.", *failures]))
    print(f"The demo's claim holds for seed {', '.join(map(str, options.seeds))}.")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", type=int, metavar="seed", default=SEEDS, help="default: 1 2 3")
    parser.add_argument("--panel", type=Path, metavar="FILE", help="your own panel; default: simulated ones")
    parser.add_argument(
        "--results", type=Path, default=rounds.RESULTS, help="folder for the results; default: bench/results"
    )
    return parser.parse_args()


def command(seed: int, panel: Path | None, folder: Path) -> list[str]:
    """The demo as a user starts it, by this Python whether or not the package is installed."""
    of_panel = [] if panel is None else ["--panel", str(panel)]
    artgen = "from artgen_fast.cli import main; main()"
    return [sys.executable, "-c", artgen, "demo", "--seed", str(seed), "-o", str(folder), *of_panel]


def timed(arguments: list[str]) -> dict[str, float]:
    """Run a command; seconds by the clock, which other work on the machine lengthens, and of all its processors."""
    spent = whole_process.run(arguments)
    if spent.status:
        sys.exit(f"artgen demo must end with exit status 0; it ended with {spent.status}.")
    return {"seconds": round(spent.seconds, 1), "processor_seconds": round(spent.processor_seconds, 1)}


def numbers(evaluation: Evaluation) -> dict[str, SetNumbers]:
    """What the demo is about, of each set and of unseen people in their place."""
    if evaluation.holdout is None:
        raise ValueError("a demo's evaluation must have a hold-out; this one has none")
    return {
        name: {
            "truth_half_tie": each.aa_ts.truth_half_tie,
            "syn_half_tie": each.aa_ts.syn_half_tie,
            "worst_half_distance": each.aa_ts.worst_half_distance,
            "ld_score": each.scores.ld,
            "allele_frequency_r_rare": each.allele_frequencies.rare_sites.r,
        }
        for name, each in {HOLDOUT: evaluation.holdout, **evaluation.sets}.items()
    }


def shortcomings(sets: dict[str, SetNumbers]) -> Iterator[str]:
    """A sentence for each part of the claim that does not hold."""
    model = sets[MODEL]
    for name in BASELINES:
        ours, theirs = model["worst_half_distance"], sets[name]["worst_half_distance"]
        if theirs - ours < MARGIN:
            yield (
                f"max |half - 1/2| of the {MODEL} set must be at least {MARGIN} below that of the {name} set; "
                f"they are {ours:.3f} and {theirs:.3f}."
            )
        ours, theirs = model["ld_score"], sets[name]["ld_score"]
        if ours <= theirs:
            yield (
                f"the LD score of the {MODEL} set must be above that of the {name} set; "
                f"they are {ours:.3f} and {theirs:.3f}."
            )


if __name__ == "__main__":
    main()
