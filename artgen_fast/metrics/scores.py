"""The radar chart's scores: each statistic as one number from 0 (worst) to 1 (as in real data)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies
from artgen_fast.metrics.ld_decay import LDDecay
from artgen_fast.metrics.pairwise import PairwiseDistances
from artgen_fast.metrics.three_point import ThreePoint


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


def scores(
    aa: AATS | None,
    frequencies: AlleleFrequencies | None,
    ld: LDDecay | None,
    pairwise: PairwiseDistances | None,
    three_point: ThreePoint | None,
) -> Scores:
    """Scores from the statistics of one synthetic set; NaN where a statistic is None."""
    mean, truth, syn = (aa.half_tie, aa.truth_half_tie, aa.syn_half_tie) if aa else (math.nan, math.nan, math.nan)
    return Scores(
        allele_frequencies=float(np.clip(frequencies.rare_sites.r, 0, 1)) if frequencies else math.nan,
        pairwise_distances=pairwise.score if pairwise else math.nan,
        ld=ld.score if ld else math.nan,
        three_point=float(np.clip(three_point.random.r, 0, 1)) if three_point else math.nan,
        overfitting=overfitting(mean),
        underfitting=underfitting(mean),
        overfitting_truth=overfitting(truth),
        overfitting_syn=overfitting(syn),
        underfitting_truth=underfitting(truth),
        underfitting_syn=underfitting(syn),
    )


def overfitting(accuracy: float) -> float:
    """min(AA, ½)/½: 1 without overfitting, 0 where every row is closer to the other set than to its own."""
    return float(np.minimum(accuracy, 0.5)) / 0.5


def underfitting(accuracy: float) -> float:
    """(1 - max(AA, ½))/½: 1 without underfitting, 0 where no row is closer to the other set than to its own."""
    return (1 - float(np.maximum(accuracy, 0.5))) / 0.5
