"""Whether the real haplotype nearest to a synthetic one is a training haplotype more often than chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.label_permutations import PERMUTATIONS, p_value, permuted_shares
from artgen_fast.metrics.neighbours import NeighbourSearches
from artgen_fast.metrics.uncertainty import Interval, percentile_interval, sum_by_unit


@dataclass(frozen=True, slots=True)
class NearestTraining:
    """Share of synthetic rows whose nearest row among training and unseen people is a training row.

    Attributes
    ----------
    share : float
        ½ without a leak, 1 if every synthetic row is nearest to a training row.
    exchangeable : Interval
        Where the share lies for persons split at random between training and hold-out.
    p_value : float
        Permutation p-value of a share at least so high. Exact where the split was random, also for synthetic sets that
        crowd around a few persons, for which the privacy score's interval is too narrow.
    permutations : int
    n : int
        Haplotypes compared of each set.
    """

    share: float
    exchangeable: Interval
    p_value: float
    permutations: int
    n: int


def nearest_training(
    train: Haplotypes,
    holdout: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> NearestTraining:
    """Test whether synthetic rows know which persons the model was fitted on.

    Every synthetic row votes for the person of its nearest row among training and hold-out together; who is a training
    person is then permuted over persons with the votes fixed.

    Parameters
    ----------
    train, holdout : Haplotypes
        The rows that the model was fitted on, and rows of other people, split at random.
    synthetic : Haplotypes
    seed, backend, threads
        As for `aa_ts`; all three panels are cut to one size.

    Returns
    -------
    NearestTraining
    """
    searches = NeighbourSearches(
        {"train": train, "holdout": holdout, "synthetic": synthetic}, seed=seed, backend=backend, threads=threads
    )
    return nearest_training_of(searches, "train", "holdout", "synthetic", seed=seed)


def nearest_training_of(
    searches: NeighbourSearches, train: str, holdout: str, synthetic: str, *, seed: int = 0
) -> NearestTraining:
    """The same for the first cut of named panels, from searches that are shared with other statistics."""
    n = searches.n
    rng = np.random.default_rng([seed, n, 6])
    to_train, to_holdout = searches.cross(train, synthetic), searches.cross(holdout, synthetic)
    # Both cuts are in random order, and the lowest index won a tie within each. One random order of all rows that keeps
    # these two orders lets ties between them fall to the first row too: blind to who is a training person.
    place = rng.permutation(2 * n)
    train_place, holdout_place = np.sort(place[:n]), np.sort(place[n:])
    tied = to_train.column_distances == to_holdout.column_distances
    first = train_place[to_train.column_indices] < holdout_place[to_holdout.column_indices]
    is_train = (to_train.column_distances < to_holdout.column_distances) | (tied & first)

    n_train_units = searches.n_units(train)
    rows = np.concatenate([searches.units(train), n_train_units + searches.units(holdout)])
    person = np.where(
        is_train,
        searches.units(train)[to_train.column_indices],
        n_train_units + searches.units(holdout)[to_holdout.column_indices],
    )
    present = np.unique(rows)
    votes = sum_by_unit(np.ones(n), np.searchsorted(present, person), len(present))
    permuted = permuted_shares(present < n_train_units, votes, rng)
    share = float(np.mean(is_train))
    return NearestTraining(share, percentile_interval(permuted), p_value(share, permuted), PERMUTATIONS, n)
