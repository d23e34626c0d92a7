"""What benchmarks of trained models share: how people are split, their command line, and the numbers that are kept."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rounds

from artgen_fast.evaluation import SetEvaluation
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts

SHARES = (0.5, 0.1, 0.4)
"""Of the people: for training, for stopping, held out."""

METRICS = ("aa_ts", "one_nn_accuracy", "privacy_score", "copies", "nearest_training", "allele_frequencies", "ld_decay")


def parser(description: str | None, n_sites: int) -> argparse.ArgumentParser:
    """The options that all of them have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--sites", type=int, default=n_sites, help=f"default: {n_sites}")
    made.add_argument("--rows", type=int, help="cut the panel to this many rows, to try it; not recorded")
    made.add_argument("--set", nargs="*", default=[], metavar="OPTION=VALUE", help="another option of the model")
    made.add_argument("--results", type=Path, help="folder for the results (default: bench/results, unless --rows)")
    return made


def parse(made: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line, with the folder for the results decided."""
    options = made.parse_args()
    if options.results is None and options.rows is None:
        options.results = rounds.RESULTS
    return options


def settings(defaults: Mapping[str, Any], given: Iterable[str]) -> dict[str, Any]:
    """Options of the model: the defaults, but for what is given as OPTION=VALUE."""
    changed = {name: _value(text) for name, text in (option.split("=", 1) for option in given)}
    return {**defaults, **changed}


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None if text == "None" else text


def common_sites(panel: Haplotypes, least_maf: float, n_sites: int) -> Haplotypes:
    """The first sites whose rarer allele is more frequent than that."""
    frequency = panel.allele_counts() / len(panel)
    return panel[:, np.flatnonzero(np.minimum(frequency, 1 - frequency) > least_maf)[:n_sites]]


def numbers(found: SetEvaluation, train: Haplotypes, compared: Haplotypes) -> dict[str, Any]:
    """What the goals are about, with intervals."""
    aa, frequencies, ld, privacy = found.aa_ts, found.allele_frequencies, found.ld_decay, found.privacy_score
    assert aa is not None
    assert frequencies is not None
    assert ld is not None
    of_pairs = root_mean_square_of_pairs(train, compared)
    return {
        "truth_half_tie": round(aa.truth_half_tie, 4),
        "truth_interval": [round(aa.truth_half_tie_interval.low, 4), round(aa.truth_half_tie_interval.high, 4)],
        "syn_half_tie": round(aa.syn_half_tie, 4),
        "syn_interval": [round(aa.syn_half_tie_interval.low, 4), round(aa.syn_half_tie_interval.high, 4)],
        "frequency_r_rare": round(frequencies.rare_sites.r, 5),
        "ld_score": round(found.scores.ld, 4),
        "ld_ratio": round(ld.ratio, 4),
        "pair_correlation": round(ld.pair_correlation, 4),
        "pair_rmse": round(of_pairs, 5),
        "privacy_score": None if privacy is None else round(privacy.half_tie, 4),
        "privacy_interval": None
        if privacy is None
        else [round(privacy.half_tie_interval.low, 4), round(privacy.half_tie_interval.high, 4)],
    }


def root_mean_square_of_pairs(real: Haplotypes, other: Haplotypes, n_pairs: int = 200_000) -> float:
    """Root of the mean squared difference of r² over random pairs of sites that vary in both."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, real.n_sites, (2, n_pairs))
    keep = first != second
    r2 = [pair_counts.r2(panel, first[keep], second[keep]) for panel in (real, other)]
    return float(np.sqrt(np.nanmean((r2[0] - r2[1]) ** 2)))
