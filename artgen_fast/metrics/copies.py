"""Training haplotypes that come out again: identical rows, and whether there are more than chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.panels.checks import require_comparable, require_holdout
from artgen_fast.metrics.panels.identical_rows import identical_rows
from artgen_fast.metrics.uncertainty.intervals import LEVEL, Interval


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
    exchangeable : Interval
        Where at least 95 % of such splits would put the number of copied training persons.
    """

    training_persons: int
    holdout_persons: int
    training_persons_copied: int
    holdout_persons_copied: int
    rows_copied: int
    p_value: float
    exchangeable: Interval


def copies(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes,
) -> Copies:
    """Compare how many training and how many unseen persons are found, whole haplotypes, among synthetic rows.

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on.
    synthetic : Haplotypes
    holdout : Haplotypes
        Rows of other people, split off at random. Nothing is cut to one size: each person is copied or is not.

    Returns
    -------
    Copies

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, people of the hold-out are among the real ones, or
        the rows of one of the two belong to persons and the other's do not.
    """
    from scipy.stats import hypergeom

    require_comparable({"real": real, "holdout": holdout, "synthetic": synthetic})
    require_holdout(holdout, real)
    persons, copied = [], []
    for panel in (real, holdout):
        units = panel.samples.units()
        persons.append(int(units.max()) + 1)
        copied.append(len(np.unique(units[identical_rows(panel.packed, synthetic.packed)])))
    split = hypergeom(sum(persons), sum(copied), persons[0])
    low, high = (float(split.ppf(share)) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    rows = int(np.count_nonzero(identical_rows(synthetic.packed, real.packed)))
    at_least = float(split.sf(copied[0] - 1))
    return Copies(persons[0], persons[1], copied[0], copied[1], rows, at_least, Interval(low, high))
