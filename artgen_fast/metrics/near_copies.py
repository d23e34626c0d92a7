"""How near synthetic rows come to training rows, beside how near unseen people come to them; on whole panels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int32Array, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.panels.checks import require_holdout

LEVELS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Of the quantiles of nearest distances: what is near is what tells."""

FEWEST_NEAREST_PERSONS = 8
"""The persons nearest to the set are counted by so many, twice as many, and so on."""

EXPECTED_NEAR_COPIES = 0.001
"""A row counts as a near copy at distances at which so few rows of as many unseen people would be expected."""

FEWEST_UNSEEN_ROWS = 100
"""With fewer, their nearest distances do not tell how near is too near."""

RELATIVES = 0.001
"""Share of the unseen rows, the nearest ones, that have no say in how near is too near: among many people are twins,
parents and children, and people who were sampled twice."""

FEWEST_RELATIVES = 4
"""So many rows have none at least, those of two persons: of a few hundred people, too, one can be there twice."""


REVERSED_P_VALUE = 1e-4
"""Where so few training people are near to a set has less than this probability, the hold-out was not unseen."""


@dataclass(frozen=True, slots=True)
class NearestPersons:
    """The persons of both parts who are nearest to the synthetic rows.

    Attributes
    ----------
    persons : int
        How many, all that are equally near included.
    training : int
        Those of them in the training part.
    expected : float
        As many as chance gives on average.
    p_value : float
        Probability of at least so many, were training persons drawn from both parts at random (hypergeometric).
    """

    persons: int
    training: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class NearCopies:
    """Nearest distances between whole panels, and rows that are too near to a training row to be chance.

    Attributes
    ----------
    synthetic_rows, training_rows, unseen_rows : int
        Rows compared: all, but for a quick evaluation, which compares some synthetic and unseen rows with all others.
    levels : float64 array of shape (levels,)
        Of the quantiles; 0 is the least distance.
    synthetic_to_training, unseen_to_training, synthetic_to_unseen : float64 arrays of shape (levels,)
        Quantiles of the distance, in sites, of each row to the nearest row of the other panel. The first two are of
        the same training rows; the third is of another number of rows, unless both parts are of one size.
    copy_distance : int
        Greatest distance, in sites, at which a row is a near copy; -1 if rows of unseen people come so near that there
        is none, or are fewer than 100.
    near_copies : int
        Rows within that distance of a training row that are more than twice as far from every unseen person's.
    unseen_near_copies : int
        Unseen persons with a row within that distance of a training row: relatives.
    near_copies_p_value : float
        Probability of at least so many near copies, were they and the unseen relatives drawn from both at random
        (hypergeometric; rows of a set count as persons do): near copies in a release that is much larger than the
        hold-out can be relatives of which there happens to be none in it.
    most_of_a_person : int
        The largest number of near copies that are nearest to one training person.
    nearest_persons : tuple of NearestPersons
        Of the 8, 16, 32 … persons nearest to the synthetic rows; up to half of all.
    p_value : float
        The least of theirs, times their number (Bonferroni). Holds where the split was random by person, whatever the
        synthetic rows are; 1 with fewer than 16 persons.
    """

    synthetic_rows: int
    training_rows: int
    unseen_rows: int
    levels: Float64Array
    synthetic_to_training: Float64Array
    unseen_to_training: Float64Array
    synthetic_to_unseen: Float64Array
    copy_distance: int
    near_copies: int
    unseen_near_copies: int
    near_copies_p_value: float
    most_of_a_person: int
    nearest_persons: tuple[NearestPersons, ...]
    p_value: float


def near_copies(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> NearCopies:
    """Look for rows that are nearer to a training row than chance brings them, and for whom they are near to.

    Two questions. *Are training people nearer to the set than unseen ones?* All persons are ordered by the distance of
    their haplotypes to the nearest synthetic row, and training persons counted among the first. *Does a row come nearer
    than people do?* The lower tail of the nearest distances of unseen rows to training rows is taken for a power law
    (Hill 1975, Ann. Stat. 3:1163), whose exponent the √n least of n distances give, the nearest thousandth, 4 at least,
    left out. A row is a near copy below the distance at which this law has 0.001 rows of as many unseen people as there
    are synthetic rows, and below half of the least that there is, if it is not near to unseen people as well. In a
    short region, where unrelated people share whole haplotypes, there is no such distance.

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on. Nothing is cut: neither question needs panels of one size.
    synthetic : Haplotypes
    holdout : Haplotypes
        Rows of other people, split off at random.
    seed, backend, threads
        As for `aa_ts`.

    Returns
    -------
    NearCopies

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, people of the hold-out are among the real ones, or
        the rows of one of the two belong to persons and the other's do not.
    """
    panels = {"real": real, "holdout": holdout, "synthetic": synthetic}
    searches = NeighbourSearches(panels, seed=seed, backend=backend, threads=threads)
    require_holdout(holdout, real)
    return near_copies_of(searches, "real", "holdout", "synthetic")


def near_copies_of(searches: NeighbourSearches, train: str, holdout: str, synthetic: str) -> NearCopies:
    """The same of named panels, from searches that are shared with other statistics."""
    to_train = searches.cross_of_whole(train, synthetic)
    to_unseen = searches.cross_of_whole(holdout, synthetic)
    unseen = searches.cross_of_whole(train, holdout).column_distances
    distances = to_train.column_distances
    limit = copy_distance(unseen, len(distances))
    near = is_near_copy(distances, to_unseen.column_distances, limit)
    copied = searches.units_of_whole(train)[to_train.column_indices[near]]
    unseen_units = searches.units_compared(holdout)
    related = len(np.unique(unseen_units[unseen <= limit]))
    of_person = [
        _least_of_units(rows, searches.units_of_whole(name))
        for rows, name in ((to_train.row_distances, train), (to_unseen.row_distances, holdout))
    ]
    nearest = nearest_persons(*of_person)
    return NearCopies(
        synthetic_rows=len(distances),
        training_rows=len(to_train.row_distances),
        unseen_rows=len(unseen),
        levels=np.array(LEVELS),
        synthetic_to_training=np.quantile(distances, LEVELS, method="inverted_cdf").astype(np.float64),
        unseen_to_training=np.quantile(unseen, LEVELS, method="inverted_cdf").astype(np.float64),
        synthetic_to_unseen=np.quantile(to_unseen.column_distances, LEVELS, method="inverted_cdf").astype(np.float64),
        copy_distance=limit,
        near_copies=int(np.count_nonzero(near)),
        unseen_near_copies=related,
        near_copies_p_value=share_p_value(
            int(np.count_nonzero(near)), len(distances), related, len(np.unique(unseen_units))
        ),
        most_of_a_person=int(np.bincount(copied).max(initial=0)),
        nearest_persons=nearest,
        p_value=min([1.0, *(len(nearest) * each.p_value for each in nearest)]),
    )


def copy_distance(unseen: Int32Array, rows: int) -> int:
    """Distance at and below which rows are near copies.

    Parameters
    ----------
    unseen : int32 array of shape (rows,)
        Distance of each row of unseen people to its nearest training row, in sites.
    rows : int
        How many rows are to be judged by it.

    Returns
    -------
    int
        -1 where no distance is too near for chance.
    """
    if len(unseen) < FEWEST_UNSEEN_ROWS:
        return -1
    # Distances are whole numbers, and 0 is one of them: half a site more has a logarithm.
    ordered = np.sort(unseen) + 0.5
    related = max(FEWEST_RELATIVES, int(RELATIVES * len(ordered)))
    tail = related + int(np.ceil(np.sqrt(len(ordered))))
    # Of a power law these are independent and of one mean, the inverse of the exponent, so that the first of them can
    # be left out; the mean of all is Hill's.
    spacings = np.arange(1, tail) * np.diff(np.log(ordered[:tail]))
    spread = float(np.mean(spacings[related:]))
    if spread == 0:
        # Equally near, all of them: as near as can be, or in a distribution with no tail to go by.
        return -1
    expected_within_tail = rows * tail / len(ordered)
    limit = int(np.floor(ordered[tail - 1] * (EXPECTED_NEAR_COPIES / expected_within_tail) ** spread - 0.5))
    # Distant relatives make the tail of real people heavier at its end than it is before.
    return min(limit, (int(ordered[related]) - 1) // 2)


def share_p_value(copies: int, rows: int, related: int, persons: int) -> float:
    """Probability of at least so many of all near rows among those of the set."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(copies - 1, rows + persons, copies + related, rows))


def is_near_copy(to_training: Int32Array, to_unseen: Int32Array, limit: int) -> BoolArray:
    """Which rows are near copies, by their nearest distances and the `copy_distance`."""
    # Rows that crowd about the middle of all people are near to training and unseen ones alike.
    near: BoolArray = (to_training <= limit) & (2 * to_training.astype(np.int64) < to_unseen)
    return near


def too_few_training(training: int, persons: int, chance: float) -> bool:
    """Whether so few of the persons near to a set are training persons as no random split leaves.

    The binomial distribution is wider than that of a split, so this is a strict measure.
    """
    from scipy.stats import binom

    return bool(binom.cdf(training, persons, chance) < REVERSED_P_VALUE)


def nearest_persons(train: Int32Array, holdout: Int32Array) -> tuple[NearestPersons, ...]:
    """Count training persons among those nearest to the synthetic rows.

    Parameters
    ----------
    train, holdout : int32 arrays of shape (persons,)
        Distance of each person's nearest haplotype to the nearest synthetic row.
    """
    from scipy.stats import hypergeom

    persons = len(train) + len(holdout)
    ordered = np.sort(np.concatenate([train, holdout]))
    found: list[NearestPersons] = []
    wanted = FEWEST_NEAREST_PERSONS
    while wanted <= persons // 2:
        farthest = ordered[wanted - 1]
        n = int(np.searchsorted(ordered, farthest, side="right"))
        if n < persons and (not found or n > found[-1].persons):
            training = int(np.count_nonzero(train <= farthest))
            at_least = float(hypergeom.sf(training - 1, persons, n, len(train)))
            found.append(NearestPersons(n, training, n * len(train) / persons, at_least))
        wanted *= 2
    return tuple(found)


def _least_of_units(distances: Int32Array, units: Int64Array) -> Int32Array:
    """The least distance of the rows of each unit that has any."""
    _, unit = np.unique(units, return_inverse=True)
    least = np.full(int(unit.max()) + 1, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(least, unit, distances)
    return least
