"""The radar chart's scores: each statistic as one number from 0 (worst) to 1 (as in real data)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies
from artgen_fast.metrics.ld_decay import LDDecay
from artgen_fast.metrics.pairwise import PairwiseDistances
from artgen_fast.metrics.three_point import ThreePoint
from artgen_fast.metrics.uncertainty.intervals import Interval


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores in [0, 1] after the radar charts of Yelmen et al. 2023 (PLoS Comput Biol 19:e1011584).

    Attributes
    ----------
    allele_frequencies : float
        Pearson r over sites of real frequency ≤ 0.2, clipped to [0, 1].
    pairwise_distances : float
        clip(1 - W / W of independent sites, 0, 1), W between the distances within S and within T.
    ld : float
        clip(1 - Σ|LD_gen - LD_real| / Σ LD_real, 0, 1).
    three_point : float
        Correlation r of random triplets, clipped to [0, 1].
    overfitting, underfitting : float
        min(AA, ½)/½ and (1 - max(AA, ½))/½ of the half-tie AA_TS. Both are 1 for generators whose halves fail in
        opposite directions: read the same scores of the halves.
    overfitting_truth, overfitting_syn, underfitting_truth, underfitting_syn : float
        The same of each half-tie half.
    allele_frequencies_interval, pairwise_distances_interval, ld_interval, three_point_interval : Interval
        Those of the statistics, turned into scores.
    overfitting_interval, underfitting_interval, overfitting_truth_interval, overfitting_syn_interval : Interval
        Likewise.
    underfitting_truth_interval, underfitting_syn_interval : Interval
        Likewise.

    Notes
    -----
    The paper draws the last three of its axes without publishing their formulas; those here are a reconstruction.
    """

    allele_frequencies: float
    pairwise_distances: float
    ld: float
    three_point: float
    overfitting: float
    underfitting: float
    overfitting_truth: float
    overfitting_syn: float
    underfitting_truth: float
    underfitting_syn: float
    allele_frequencies_interval: Interval
    pairwise_distances_interval: Interval
    ld_interval: Interval
    three_point_interval: Interval
    overfitting_interval: Interval
    underfitting_interval: Interval
    overfitting_truth_interval: Interval
    overfitting_syn_interval: Interval
    underfitting_truth_interval: Interval
    underfitting_syn_interval: Interval


_UNKNOWN = math.nan, Interval(math.nan, math.nan)


def scores(
    aa: AATS | None,
    frequencies: AlleleFrequencies | None,
    ld: LDDecay | None,
    pairwise: PairwiseDistances | None,
    three_point: ThreePoint | None,
) -> Scores:
    """Scores from the statistics of one synthetic set; NaN where a statistic is None."""
    mean, truth, syn = (
        (
            (aa.half_tie, aa.half_tie_interval),
            (aa.truth_half_tie, aa.truth_half_tie_interval),
            (aa.syn_half_tie, aa.syn_half_tie_interval),
        )
        if aa
        else (_UNKNOWN, _UNKNOWN, _UNKNOWN)
    )
    rare = (frequencies.rare_sites.r, frequencies.rare_sites.r_interval) if frequencies else _UNKNOWN
    triplets = (three_point.random.r, three_point.random.r_interval) if three_point else _UNKNOWN
    found = {
        "allele_frequencies": _mapped(_clipped, *rare),
        "pairwise_distances": (pairwise.score, pairwise.score_interval) if pairwise else _UNKNOWN,
        "ld": (ld.score, ld.score_interval) if ld else _UNKNOWN,
        "three_point": _mapped(_clipped, *triplets),
        "overfitting": _mapped(overfitting, *mean),
        "underfitting": _mapped(underfitting, *mean),
        "overfitting_truth": _mapped(overfitting, *truth),
        "overfitting_syn": _mapped(overfitting, *syn),
        "underfitting_truth": _mapped(underfitting, *truth),
        "underfitting_syn": _mapped(underfitting, *syn),
    }
    fields: dict[str, Any] = {}
    for name, (value, interval) in found.items():
        fields[name], fields[f"{name}_interval"] = value, interval
    return Scores(**fields)


def _mapped(function: Callable[[float], float], value: float, interval: Interval) -> tuple[float, Interval]:
    return function(value), interval.mapped(function)


def _clipped(r: float) -> float:
    return float(np.clip(r, 0, 1))


def overfitting(accuracy: float) -> float:
    """min(AA, ½)/½: 1 without overfitting, 0 where every row is closer to the other set than to its own."""
    return float(np.minimum(accuracy, 0.5)) / 0.5


def underfitting(accuracy: float) -> float:
    """(1 - max(AA, ½))/½: 1 without underfitting, 0 where no row is closer to the other set than to its own."""
    return (1 - float(np.maximum(accuracy, 0.5))) / 0.5
