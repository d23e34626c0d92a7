"""Privacy score: whether synthetic haplotypes are closer to those the model was fitted on than to unseen ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.aa_ts import half_tie_values, half_totals, strict_values
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.panels.checks import require_holdout
from artgen_fast.metrics.uncertainty.intervals import Interval, percentile_interval, resampled_totals


@dataclass(frozen=True, slots=True)
class PrivacyScore:
    """AA_TS against unseen people minus AA_TS against the training rows; 0 = no leak.

    Attributes
    ----------
    value, half_tie : float
        From strict values, and with ties counted ½.
    value_interval, half_tie_interval : Interval
        Bootstrap by person; the synthetic rows are resampled once for both terms.
    n, repeats, cut : int, int, str
        As in `AATS`.
    """

    value: float
    half_tie: float
    value_interval: Interval
    half_tie_interval: Interval
    n: int
    repeats: int
    cut: str


def privacy_score(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes,
    seed: int = 0,
    repeats: int = 1,
    backend: str | None = None,
    threads: int | None = None,
) -> PrivacyScore:
    """AA_TS with the hold-out as truth less AA_TS with the training rows as truth.

    From the Methods of Yelmen et al. 2023 (PLoS Comput Biol 19:e1011584).

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on.
    synthetic : Haplotypes
    holdout : Haplotypes
        Rows of other people.
    seed, repeats, backend, threads
        As for `aa_ts`; all three panels are cut to one size.

    Returns
    -------
    PrivacyScore

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, people of the hold-out are among the real ones, or
        the rows of one of the two belong to persons and the other's do not.
    """
    searches = NeighbourSearches(
        {"real": real, "holdout": holdout, "synthetic": synthetic},
        seed=seed,
        repeats=repeats,
        backend=backend,
        threads=threads,
    )
    require_holdout(holdout, real)
    return privacy_score_of(searches, "real", "holdout", "synthetic", seed=seed)


def privacy_score_of(
    searches: NeighbourSearches, real: str, holdout: str, synthetic: str, *, seed: int = 0
) -> PrivacyScore:
    """Privacy score of named panels from searches that are shared with other statistics."""
    real_truth, real_syn = half_totals(searches, real, synthetic)
    holdout_truth, holdout_syn = half_totals(searches, holdout, synthetic)
    rng = np.random.default_rng([seed, searches.n])
    real_truth_draws = resampled_totals(real_truth, rng)
    holdout_truth_draws = resampled_totals(holdout_truth, rng)
    syn_draws = resampled_totals(np.stack([real_syn, holdout_syn], axis=1), rng)
    scores, intervals = [], []
    for values in (strict_values, half_tie_values):
        scores.append(
            (
                values(holdout_truth.sum(axis=0))
                + values(holdout_syn.sum(axis=0))
                - values(real_truth.sum(axis=0))
                - values(real_syn.sum(axis=0))
            )
            / 2
        )
        draws = (
            values(holdout_truth_draws) + values(syn_draws[:, 1]) - values(real_truth_draws) - values(syn_draws[:, 0])
        ) / 2
        intervals.append(percentile_interval(draws))
    return PrivacyScore(
        value=float(scores[0]),
        half_tie=float(scores[1]),
        value_interval=intervals[0],
        half_tie_interval=intervals[1],
        n=searches.n,
        repeats=searches.repeats,
        cut=searches.sizes.description,
    )
