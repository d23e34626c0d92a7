"""Train a chain of conditional RBMs on 65,535 sites of real people, and record it: ``python bench/chain_quality.py``.

1000 Genomes phase 3 genotypes, re-phased with SHAPEIT4: seven windows of 1 Mb one after the other, the first 65,535
sites. Half of the people for training, a tenth for stopping, the others held out. There is no goal here: the numbers of
the chain are kept in bench/results/ beside those of unseen people, linkage across its seams beside that inside its
windows, and the halves of AA_TS of each window's sites and of all sites up to its end.

Why a chain comes out as it does is asked of smaller ones: ``--panel kg1000_chr1_d1s1656_rephased.npz --sites 2000
--least-maf 0.01 --set step=500 first=1000 pinned=500``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from typing import Any

import cases
import machine
import rounds
import trainings
from trainings import METRICS, SHARES, numbers

from artgen_fast import io
from artgen_fast.evaluation import SetEvaluation, evaluate
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.interface import Progress
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.aa_ts import aa_ts
from artgen_fast.metrics.seam_ld import seam_ld

N_SITES = 65_535
OPTIONS: dict[str, Any] = {
    "step": 5000,
    "pinned": 1000,
    "hidden": 200,
    "gibbs_steps": 10,
    "learning_rate": 0.1,
    "minibatch": 250,
    "epochs": 150,
    "check_every": 50,
    "check_rows": 500,
    "patience": 1000,
    "workers": 2,
    "threads": 2,
}


def main() -> None:
    parser = trainings.parser(__doc__, N_SITES)
    parser.add_argument("--panel", default=cases.SEVEN_LOCI, help="of the folder of real panels (default: %(default)s)")
    parser.add_argument("--least-maf", type=float, default=-1.0, help="only sites with more than this; default: all")
    options = trainings.parse(parser)
    about = machine.about("numpy", "torch")
    settings = trainings.settings(OPTIONS, options.set)
    try:
        measured = measure(settings, options)
    except cases.CaseUnavailableError as missing:
        sys.exit(str(missing))
    for name in ("chain", "holdout", "seams", "windows", "up_to", "modes"):
        print(name, measured[name])
    print(f"{measured['seconds']:.0f} s, {measured['training_seconds']:.0f} s of training")
    if options.results is not None:
        rounds.append(options.results, "chain_quality", [about | measured])


def measure(settings: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Train, sample, evaluate."""
    seed = options.seed
    panel = io.read(cases.real_panel(options.panel))[slice(options.rows)]
    panel = trainings.common_sites(panel, options.least_maf, options.sites)
    train, validation, holdout = panel.split_by_person(SHARES, seed)
    begin = time.perf_counter()
    said = begin

    def show(state: Progress) -> None:
        nonlocal said
        if time.perf_counter() > said + 20:
            said = time.perf_counter()
            print(f"{said - begin:.0f} s: epoch {state.done} of {state.total}: {state.message}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        chain = CRBMChain(**settings).fit(train, validation, seed=seed, progress=show, checkpoints=folder)
        trained = time.perf_counter()
        synthetic = chain.sample(len(train), seed)
        sampled = time.perf_counter()
    found = evaluate(train, synthetic, holdout, metrics=(*METRICS, "nn_chains", "off_support"), seed=seed)
    windows = chain.windows(train.n_sites)
    seams = seam_ld(train, synthetic, [window.first_generated for window in windows[1:]])
    assert found.holdout is not None
    return {
        "panel": options.panel,
        "least_maf": max(options.least_maf, 0.0),
        "n_sites": train.n_sites,
        "rows": [len(train), len(validation), len(holdout)],
        "seed": seed,
        "device": settings.get("device", "cpu"),
        "options": chain.options(),
        "workers": settings["workers"],
        "threads": settings["threads"],
        "n_windows": len(windows),
        "cpus": rounds.cpus(),
        "seconds": round(time.perf_counter() - begin, 1),
        "training_seconds": round(trained - begin, 1),
        "sampling_seconds": round(sampled - trained, 1),
        "checks": [
            [round(window["checks"][-1][half], 3) for half in ("truth_half_tie", "syn_half_tie")]
            for window in chain.training["windows"]
        ],
        "chain": numbers(found.sets["synthetic"], train, synthetic),
        "holdout": numbers(found.holdout, train, holdout),
        "windows": [halves(train, synthetic, window.first_generated, window.end) for window in windows],
        "up_to": [halves(train, synthetic, 0, window.end) for window in windows],
        "modes": modes(found.sets["synthetic"]),
        "seams": {
            "across_ratio": round(seams.across_ratio, 4),
            "inside_ratio": round(seams.inside_ratio, 4),
            "real_across": [round(float(value), 4) for value in seams.real_across],
            "synthetic_across": [round(float(value), 4) for value in seams.synthetic_across],
        },
    }


def modes(found: SetEvaluation) -> dict[str, float]:
    """Whether synthetic rows keep to themselves, along chains of nearest neighbours, or lie where nobody is.

    Chains of one set alone have a frequency of 2^-4 each where the sets mix; off the support lie 0.1 % of real rows.
    """
    assert found.nn_chains is not None
    assert found.off_support is not None
    return {
        "real_alone": round(found.nn_chains.frequency("TTTT"), 4),
        "synthetic_alone": round(found.nn_chains.frequency("SSSS"), 4),
        "off_support": round(found.off_support.by_nearest_distance, 4),
    }


def halves(train: Haplotypes, synthetic: Haplotypes, first: int, end: int) -> list[float]:
    """Half-tie AA_truth and AA_syn of some of the sites."""
    found = aa_ts(train[:, first:end], synthetic[:, first:end])
    return [round(found.truth_half_tie, 4), round(found.syn_half_tie, 4)]


if __name__ == "__main__":
    main()
