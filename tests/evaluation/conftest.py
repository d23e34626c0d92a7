"""Training people, unseen people, and sets in their place, evaluated once."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.evaluation import evaluate
from artgen_fast.haplotypes import Haplotypes, Samples


def mosaic_people(n_persons: int, seed: int) -> Haplotypes:
    """Persons whose haplotypes are mosaics of 30 founders over 200 sites."""
    rng = np.random.default_rng(seed)
    founders = rng.random((30, 200)) < rng.beta(0.5, 1, 200)
    source = np.empty((2 * n_persons, 200), dtype=np.int64)
    source[:, 0] = rng.integers(30, size=2 * n_persons)
    for site in range(1, 200):
        switch = rng.random(2 * n_persons) < 0.01
        source[:, site] = np.where(switch, rng.integers(30, size=2 * n_persons), source[:, site - 1])
    alleles = founders[source, np.arange(200)]
    return Haplotypes.from_alleles(alleles, samples=Samples.from_persons([f"SECRET{i}" for i in range(n_persons)]))


@pytest.fixture(scope="session")
def parts():
    """Train and hold-out of 65 persons each, and sets of 130 rows: unseen people's, copies, independent sites."""
    train, holdout, rest = mosaic_people(195, seed=0).split_by_person([1 / 3, 1 / 3, 1 / 3], seed=0)
    independent = np.random.default_rng(0).random((130, 200)) < train.alleles().mean(axis=0)
    return (
        train,
        holdout,
        {
            "unseen": Haplotypes.from_alleles(rest.alleles()),
            "copied": Haplotypes.from_alleles(train.alleles()),
            "binomial": Haplotypes.from_alleles(independent),
        },
    )


@pytest.fixture(scope="session")
def evaluation(parts):
    train, holdout, sets = parts
    labels = {str(person): "north" if int(person[6:]) % 3 else "south" for person in train.samples.person}
    return evaluate(train, sets, holdout, labels=labels, baselines=["binomial"], backend="reference")
