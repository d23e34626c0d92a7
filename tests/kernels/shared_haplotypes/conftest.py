"""Pairs of panels in which stretches are shared: rows copy ancestors, with errors, over contigs."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes


class Sharing(NamedTuple):
    """Arguments of `longest_shared`."""

    queries: Haplotypes
    targets: Haplotypes
    positions: np.ndarray
    bounds: np.ndarray


class MakeSharing(Protocol):
    """Makes two panels of a number of queries, targets, sites and contigs, the same at every call with a seed."""

    def __call__(self, queries: int, targets: int, sites: int, contigs: int = 1, seed: int = 0) -> Sharing: ...


@pytest.fixture(scope="session")
def sharing() -> MakeSharing:
    return _sharing


@cache
def _sharing(queries: int, targets: int, sites: int, contigs: int = 1, seed: int = 0) -> Sharing:
    rng = np.random.default_rng([queries, targets, sites, contigs, seed])
    ancestors = rng.random((8, sites)) < rng.beta(0.3, 1, sites)

    def rows(number: int) -> Haplotypes:
        switches = np.cumsum(rng.random((number, sites)) < 0.04, axis=1)
        source = (rng.integers(0, 8, (number, 1)) + 3 * switches) % 8
        return Haplotypes.from_alleles(ancestors[source, np.arange(sites)] ^ (rng.random((number, sites)) < 0.01))

    cuts = np.sort(rng.integers(0, sites + 1, contigs - 1))  # contigs without sites among them
    bounds = np.concatenate([[0], cuts, [sites]])
    positions = np.concatenate([np.sort(rng.integers(0, 20 * sites, size)) for size in np.diff(bounds)])
    return Sharing(rows(queries), rows(targets), positions, bounds)
