"""Whether what rows are nearest to are training persons more often than chance gives: votes of rows for persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Int64Array
from artgen_fast.metrics.uncertainty.intervals import Interval, percentile_interval, sum_by_unit
from artgen_fast.metrics.uncertainty.label_permutations import p_value, permuted_shares


@dataclass(frozen=True, slots=True)
class VotesForTraining:
    """Share of the votes that training persons have, beside where it lies for persons split at random.

    Attributes
    ----------
    share : float
        0 without votes.
    chance : float
        Share of training persons among all.
    exchangeable : Interval
        Of the share, for persons split at random between training and hold-out.
    p_value : float
        Permutation p-value of a share at least so high.
    """

    share: float
    chance: float
    exchangeable: Interval
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class TwoParts:
    """Persons of training and hold-out together.

    Attributes
    ----------
    train_units, holdout_units : int64 arrays of shape (rows of the part,)
        Sampling unit of each row.
    """

    train_units: Int64Array
    holdout_units: Int64Array

    def places(self, rng: np.random.Generator) -> tuple[Int64Array, Int64Array]:
        """A random order of all rows that keeps the order within each part: the places of each part's rows in it.

        Where both parts were searched in random order and the first row won a tie within each, the first of all wins it
        between them: blind to who is a training person.
        """
        n_train = len(self.train_units)
        place = rng.permutation(n_train + len(self.holdout_units))
        return np.sort(place[:n_train]), np.sort(place[n_train:])

    def count(
        self,
        is_train: BoolArray,
        train_row: Int64Array,
        holdout_row: Int64Array,
        rng: np.random.Generator,
        counts: BoolArray | None = None,
    ) -> VotesForTraining:
        """Count votes; who is a training person is then permuted over persons with the votes fixed.

        Parameters
        ----------
        is_train : bool array of shape (votes,)
            Whether a vote is for the training row, and not for the hold-out's.
        train_row, holdout_row : int64 arrays of shape (votes,)
            The row of each part that it may be for.
        rng : numpy.random.Generator
        counts : bool array of shape (votes,), optional
            Which votes count; default: all.
        """
        n_train = int(self.train_units.max()) + 1
        persons = n_train + int(self.holdout_units.max()) + 1
        person = np.where(is_train, self.train_units[train_row], n_train + self.holdout_units[holdout_row])
        votes = sum_by_unit(np.ones(len(person)) if counts is None else counts, person, persons)
        trained_on = np.arange(persons) < n_train
        permuted = np.nan_to_num(permuted_shares(trained_on, votes, rng))
        share = float(trained_on @ votes / max(1.0, votes.sum()))
        return VotesForTraining(share, n_train / persons, percentile_interval(permuted), p_value(share, permuted))
