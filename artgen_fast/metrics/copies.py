"""Training haplotypes that come out again: identical rows, and whether there are more than chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.identical_rows import identical_rows
from artgen_fast.metrics.neighbours import require_comparable, require_like_units


@dataclass(frozen=True, slots=True)
class Copies:
    """Persons of whom a haplotype is among the synthetic rows.

    Attributes
    ----------
    training_persons, holdout_persons : int
        Persons in each part, all of them (rows without a person count as one each).
    training_persons_copied, holdout_persons_copied : int
        Those with a haplotype that is identical to a synthetic row.
    rows_copied : int
        Synthetic rows that are identical to a training row.
    p_value : float
        Probability of at least so many copied persons in the training part, were the copied persons split between
        training and hold-out at random (hypergeometric). Exact where the split was random, however alike the
        synthetic rows are.
    """

    training_persons: int
    holdout_persons: int
    training_persons_copied: int
    holdout_persons_copied: int
    rows_copied: int
    p_value: float


def copies(
    train: Haplotypes,
    holdout: Haplotypes,
    synthetic: Haplotypes,
) -> Copies:
    """Compare how many training and how many unseen persons are found, whole haplotypes, among synthetic rows.

    Parameters
    ----------
    train, holdout : Haplotypes
        The rows that the model was fitted on, and rows of other people, split at random. Not cut to one size: each
        person is copied or is not.
    synthetic : Haplotypes

    Returns
    -------
    Copies

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    from scipy.stats import hypergeom

    require_comparable({"train": train, "holdout": holdout, "synthetic": synthetic})
    require_like_units(holdout, train)
    persons, copied = [], []
    for panel in (train, holdout):
        units = panel.samples.units()
        persons.append(int(units.max()) + 1)
        copied.append(len(np.unique(units[identical_rows(panel.packed, synthetic.packed)])))
    at_least = hypergeom.sf(copied[0] - 1, sum(persons), sum(copied), persons[0])
    rows = int(np.count_nonzero(identical_rows(synthetic.packed, train.packed)))
    return Copies(persons[0], persons[1], copied[0], copied[1], rows, float(at_least))
