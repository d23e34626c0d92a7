"""What panels must be for a statistic of them to mean something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites

UNLIKE_P_VALUE = 0.0001
"""Below it two parts were not split at random, as far as the numbers of their persons with two rows tell."""


def require_order(sites: Sites) -> None:
    """Raise InputError where distances in base pairs, and stretches of neighbouring sites, would mean nothing."""
    disorder = sites.first_disorder()
    if disorder is not None:
        raise InputError(
            f"the sites of a contig must be together and in the order of their positions; {disorder}. "
            "Sort the sites of all panels."
        )


def require_holdout(holdout: Haplotypes, train: Haplotypes) -> None:
    """Refuse a hold-out by which leaks cannot be told: of people who were trained on, or unlike the training part."""
    require_unseen(holdout, train)
    require_like_units(holdout, train)


def require_unseen(holdout: Haplotypes, train: Haplotypes) -> None:
    """Refuse a hold-out of people whom the models have seen: beside it a leak looks like none."""
    require_haplotypes({"real": train, "holdout": holdout})
    both = holdout.samples.persons_also_in(train.samples)
    if both:
        raise InputError(
            f"the hold-out must be people whom no model has seen; {both} of its people are among the real (training) "
            "ones. Give a part of the panel that was kept out of training (artgen split makes it)."
        )


def require_like_units(holdout: Haplotypes, train: Haplotypes) -> None:
    """Refuse parts of which one has persons and the other single rows: the tests of leaks exchange one for the other.

    Parts that a random split by person makes are alike in this (p < 0.0001, hypergeometric).
    """
    from scipy.stats import hypergeom

    sizes = [np.bincount(panel.samples.units()) for panel in (train, holdout)]
    persons = [int(np.count_nonzero(each > 1)) for each in sizes]
    units = [len(each) for each in sizes]
    drawn = hypergeom(sum(units), sum(persons), units[0])
    if min(drawn.cdf(persons[0]), drawn.sf(persons[0] - 1)) < UNLIKE_P_VALUE:
        raise InputError(
            "the rows of training people and of the hold-out must belong to persons alike, as a random split by person "
            f"leaves them; got {2 * persons[0]} of {len(train)} training rows in pairs of one person's, and "
            f"{2 * persons[1]} of {len(holdout)} of the hold-out. Name the rows of both parts by person, as a VCF does "
            "(or X_A and X_B), or of neither."
        )


def require_haplotypes(panels: Mapping[str, Any]) -> None:
    """Raise InputError unless all panels are Haplotypes."""
    for name, panel in panels.items():
        if not isinstance(panel, Haplotypes):
            raise InputError(
                f"the {name} panel must be Haplotypes; got {type(panel).__name__}. "
                "Use artgen_fast.read(path) or Haplotypes.from_alleles(alleles)."
            )


def require_comparable(panels: Mapping[str, Haplotypes]) -> None:
    """Raise InputError unless all panels have the same sites, at least one, and at least two haplotypes each."""
    names = list(panels)
    require_haplotypes(panels)
    for name, panel in panels.items():
        if len(panel) < 2 or panel.n_sites < 1:
            raise InputError(
                f"the {name} panel must have at least 2 haplotypes and 1 site; got {len(panel)} haplotypes and "
                f"{panel.n_sites} sites. Check the file it was read from."
            )
    for name in names[1:]:
        panels[names[0]].require_same_sites(panels[name], names[0], name)
