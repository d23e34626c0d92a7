"""The radar chart's scores: each statistic as one number from 0 (worst) to 1 (as in real data)."""

from __future__ import annotations

from dataclasses import dataclass

from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.allele_frequencies import AlleleFrequencies
from artgen_fast.metrics.ld_decay import LDDecay
from artgen_fast.metrics.pairwise import PairwiseDistances


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores in [0, 1] after the radar charts of Yelmen et al. 2023 (PLoS Comput Biol 19:e1011584).

    Attributes
    ----------
    allele_frequencies : float
        Pearson r over sites of real frequency ≤ 0.2 (below 0 where it is negative).
    pairwise_distances : float
        clip(1 - W / W of independent sites, 0, 1), W between the distances within S and within T.
    ld : float
        clip(1 - Σ|LD_gen - LD_real| / Σ LD_real, 0, 1).
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
    overfitting: float
    underfitting: float
    overfitting_truth: float
    overfitting_syn: float
    underfitting_truth: float
    underfitting_syn: float


def scores(aa: AATS, frequencies: AlleleFrequencies, ld: LDDecay, pairwise: PairwiseDistances) -> Scores:
    """Scores from the statistics of one synthetic set."""
    return Scores(
        allele_frequencies=frequencies.rare_sites.r,
        pairwise_distances=pairwise.score,
        ld=ld.score,
        overfitting=overfitting(aa.half_tie),
        underfitting=underfitting(aa.half_tie),
        overfitting_truth=overfitting(aa.truth_half_tie),
        overfitting_syn=overfitting(aa.syn_half_tie),
        underfitting_truth=underfitting(aa.truth_half_tie),
        underfitting_syn=underfitting(aa.syn_half_tie),
    )


def overfitting(accuracy: float) -> float:
    """min(AA, ½)/½: 1 without overfitting, 0 where every row is closer to the other set than to its own."""
    return min(accuracy, 0.5) / 0.5


def underfitting(accuracy: float) -> float:
    """(1 - max(AA, ½))/½: 1 without underfitting, 0 where no row is closer to the other set than to its own."""
    return (1 - max(accuracy, 0.5)) / 0.5
