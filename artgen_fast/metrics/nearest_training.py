"""Whether the real haplotype nearest to a synthetic one is a training haplotype more often than chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.panels.checks import require_holdout
from artgen_fast.metrics.uncertainty.intervals import Interval
from artgen_fast.metrics.uncertainty.label_permutations import PERMUTATIONS
from artgen_fast.metrics.uncertainty.person_votes import TwoParts


@dataclass(frozen=True, slots=True)
class NearestTraining:
    """Share of synthetic rows whose nearest row among training and unseen people is a training row.

    Attributes
    ----------
    rows : int
        Synthetic rows looked at: all, but for a quick evaluation.
    share : float
        Share of them whose nearest row is a training row; of training and unseen rows that are equally near, one is
        drawn at random. 1 if every synthetic row is nearest to a training row.
    nearer, tied : float
        Share of them that are nearer to a training row than to any unseen person's, and that are as near to both.
    chance : float
        The share without a leak: that of training persons among all.
    exchangeable : Interval
        Where the share lies for persons split at random between training and hold-out.
    p_value : float
        Permutation p-value of a share at least so high. Exact where the split was random, also for synthetic sets that
        crowd around a few persons, for which the privacy score's interval is too narrow.
    permutations : int
    """

    rows: int
    share: float
    nearer: float
    tied: float
    chance: float
    exchangeable: Interval
    p_value: float
    permutations: int


def nearest_training(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> NearestTraining:
    """Test whether synthetic rows know which persons the model was fitted on.

    Every synthetic row votes for the person of its nearest row among training and hold-out together; who is a training
    person is then permuted over persons with the votes fixed.

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on.
    synthetic : Haplotypes
    holdout : Haplotypes
        Rows of other people, split off at random. Nothing is cut to one size: the permutations have the same sizes.
    seed, backend, threads
        As for `aa_ts`.

    Returns
    -------
    NearestTraining

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, people of the hold-out are among the real ones, or
        the rows of one of the two belong to persons and the other's do not.
    """
    searches = NeighbourSearches(
        {"real": real, "holdout": holdout, "synthetic": synthetic}, seed=seed, backend=backend, threads=threads
    )
    require_holdout(holdout, real)
    return nearest_training_of(searches, "real", "holdout", "synthetic", seed=seed)


def nearest_training_of(
    searches: NeighbourSearches, train: str, holdout: str, synthetic: str, *, seed: int = 0
) -> NearestTraining:
    """The same of named panels, from searches that are shared with other statistics."""
    to_train, to_holdout = (searches.cross_of_whole(name, synthetic) for name in (train, holdout))
    parts = TwoParts(*(searches.units_of_whole(name) for name in (train, holdout)))
    n_train, n_holdout = len(parts.train_units), len(parts.holdout_units)
    rng = np.random.default_rng([seed, n_train + n_holdout, 6])
    train_place, holdout_place = np.empty(n_train, np.int64), np.empty(n_holdout, np.int64)
    train_place[searches.order(train)], holdout_place[searches.order(holdout)] = parts.places(rng)
    nearer = to_train.column_distances < to_holdout.column_distances
    tied = to_train.column_distances == to_holdout.column_distances
    first = train_place[to_train.column_indices] < holdout_place[to_holdout.column_indices]
    votes = parts.count(nearer | (tied & first), to_train.column_indices, to_holdout.column_indices, rng)
    return NearestTraining(
        rows=len(nearer),
        share=votes.share,
        nearer=float(np.mean(nearer)),
        tied=float(np.mean(tied)),
        chance=votes.chance,
        exchangeable=votes.exchangeable,
        p_value=votes.p_value,
        permutations=PERMUTATIONS,
    )
