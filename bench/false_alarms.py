"""How often people whom no model has seen are called anything but good: ``python bench/false_alarms.py``.

Each panel is split by person, over and over, into training rows (two fifths), a hold-out and a third part (three tenths
each), and the third part is evaluated in the place of a synthetic set. It is as real as a set can be and knows nobody,
so every verdict but "good" is a false alarm. Real panels of shared/data (805 SNPs and chromosome 1 of the 1000 Genomes,
the pseudoautosomal region of its phase 1, and HapMap's CEU); only the first of their varying sites. Kept in
bench/results/; the exit status is 1 if more than one split in twenty is called anything but good.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cases
import machine
import rounds

from artgen_fast import io
from artgen_fast.evaluation import evaluate
from artgen_fast.haplotypes import Haplotypes

PANELS = {
    "805_SNP_1000G_real.npz": 805,
    "kg1000_chr1_d1s1656_rephased.npz": 2000,
    "kg1000_phase1_xpar1.npz": 2000,
    "hapmap_r22_ceu_chr1.npz": 3000,
}
"""How many of the varying sites of each panel."""

SHARES = (0.4, 0.3, 0.3)
SPLITS = 40
GOAL = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panels", nargs="+", choices=PANELS, default=list(PANELS), help="default: all")
    parser.add_argument("--splits", type=int, default=SPLITS, help="of each panel (default: %(default)s)")
    parser.add_argument("--first-seed", type=int, default=0, help="of the splits (default: %(default)s)")
    parser.add_argument("--results", type=Path, default=rounds.RESULTS, help="folder for the results")
    options = parser.parse_args()
    about = machine.about("numpy", "scipy")
    measured = []
    try:
        for name in options.panels:
            panel = varying_sites(io.read(cases.real_panel(name)), PANELS[name])
            measured.append(
                {"panel": name} | alarms(panel, range(options.first_seed, options.first_seed + options.splits))
            )
            print(measured[-1], flush=True)
    except cases.CaseUnavailableError as missing:
        sys.exit(str(missing))
    rounds.append(options.results, "false_alarms", [about | each for each in measured])
    wrong = sum(each["splits"] - each["labels"].get("good", 0) for each in measured)
    total = sum(each["splits"] for each in measured)
    print(f"{wrong} of {total} splits are called anything but good")
    if wrong > GOAL * total:
        sys.exit(f"more than {GOAL:.0%} of them")


def varying_sites(panel: Haplotypes, n_sites: int) -> Haplotypes:
    """The first sites that vary."""
    counts = panel.allele_counts()
    return panel[:, ((counts > 0) & (counts < len(panel))).nonzero()[0][:n_sites]]


def alarms(panel: Haplotypes, seeds: range) -> dict[str, Any]:
    """Verdicts on unseen people, and why those were given that are not "good"."""
    begin = time.perf_counter()
    labels: Counter[str] = Counter()
    reasons: list[dict[str, Any]] = []
    checks = 0
    for seed in seeds:
        train, holdout, unseen = panel.split_by_person(SHARES, seed)
        verdict = evaluate(train, unseen, holdout, seed=seed).sets["synthetic"].verdict
        assert verdict is not None
        labels[verdict.label] += 1
        checks += len(verdict.checks)
        if verdict.label != "good":
            failed = [check.name for check in verdict.checks if check.fails]
            reasons.append({"seed": seed, "label": verdict.label, "failed": failed, "why": list(verdict.sentences)})
    return {
        "n_sites": panel.n_sites,
        "rows": len(panel),
        "splits": len(seeds),
        "labels": dict(labels),
        "checks": checks,
        "not_good": reasons,
        "seconds": round(time.perf_counter() - begin, 1),
    }


if __name__ == "__main__":
    main()
