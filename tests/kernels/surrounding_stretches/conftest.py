"""Pairs of panels in which stretches are shared, with some of their sites observed and some hidden."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes


class Hiding(NamedTuple):
    """Arguments of `longest_around`."""

    queries: Haplotypes
    targets: Haplotypes
    observed: np.ndarray
    hidden: np.ndarray
    k: int
    bounds: np.ndarray


class MakeHiding(Protocol):
    """Makes two panels of a number of queries, targets, sites and contigs, the same at every call with a seed."""

    def __call__(self, queries: int, targets: int, sites: int, contigs: int = 1, seed: int = 0,
                 share: float = 0.5) -> Hiding: ...  # fmt: skip


@pytest.fixture(scope="session")
def hiding() -> MakeHiding:
    return _hiding


@cache
def _hiding(queries: int, targets: int, sites: int, contigs: int = 1, seed: int = 0, share: float = 0.5) -> Hiding:
    rng = np.random.default_rng([queries, targets, sites, contigs, seed])
    ancestors = rng.random((8, sites)) < rng.beta(0.3, 1, sites)

    def rows(number: int) -> Haplotypes:
        switches = np.cumsum(rng.random((number, sites)) < 0.04, axis=1)
        source = (rng.integers(0, 8, (number, 1)) + 3 * switches) % 8
        return Haplotypes.from_alleles(ancestors[source, np.arange(sites)] ^ (rng.random((number, sites)) < 0.01))

    bounds = np.concatenate([[0], np.sort(rng.integers(0, sites + 1, contigs - 1)), [sites]])
    observed = rng.random(sites) < share
    hidden = np.flatnonzero(~observed & (rng.random(sites) < 0.8))
    return Hiding(rows(queries), rows(targets), observed, hidden, int(rng.integers(1, min(targets, 9) + 1)), bounds)
