"""Training haplotypes that come out again: identical rows, and whether there are more than chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours import NeighbourSearches

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Copies:
    """Persons of whom a haplotype is among the synthetic rows.

    Attributes
    ----------
    training_persons, holdout_persons : int
        Persons compared in each set (rows without a person count as one each).
    training_persons_copied, holdout_persons_copied : int
        Those with a haplotype that is identical to a synthetic row.
    p_value : float
        Probability of at least so many copied persons in the training part, were the copied persons split between
        training and hold-out at random (hypergeometric). Exact where the split was random, however alike the
        synthetic rows are.
    """

    training_persons: int
    holdout_persons: int
    training_persons_copied: int
    holdout_persons_copied: int
    p_value: float


def copies(
    train: Haplotypes,
    holdout: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> Copies:
    """Compare how many training and how many unseen persons are found, whole haplotypes, among synthetic rows.

    Parameters
    ----------
    train, holdout : Haplotypes
        The rows that the model was fitted on, and rows of other people, split at random.
    synthetic : Haplotypes
    seed, backend, threads
        As for `aa_ts`; all three panels are cut to one size.

    Returns
    -------
    Copies
    """
    searches = NeighbourSearches(
        {"train": train, "holdout": holdout, "synthetic": synthetic}, seed=seed, backend=backend, threads=threads
    )
    return copies_of(searches, "train", "holdout", "synthetic")


def copies_of(searches: NeighbourSearches, train: str, holdout: str, synthetic: str) -> Copies:
    """Copied persons of the first cut of named panels, from searches that are shared with other statistics."""
    from scipy.stats import hypergeom

    persons, copied = [], []
    for name in (train, holdout):
        units = searches.units(name)
        identical: BoolArray = searches.cross(name, synthetic).row_distances == 0
        persons.append(len(np.unique(units)))
        copied.append(len(np.unique(units[identical])))
    at_least = hypergeom.sf(copied[0] - 1, sum(persons), sum(copied), persons[0])
    return Copies(persons[0], persons[1], copied[0], copied[1], float(at_least))
