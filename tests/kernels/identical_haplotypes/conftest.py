"""Panels whose haplotypes are alike over stretches, in groups of uneven size."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.pair_counts import SiteMajor


class Relatives(NamedTuple):
    """A panel by site, and the alleles and groups of its haplotypes in the panel's order."""

    panel: SiteMajor
    alleles: np.ndarray
    groups: np.ndarray


class MakeRelatives(Protocol):
    """Makes a panel of so many haplotypes, sites and groups, the same at every call with a seed."""

    def __call__(self, haplotypes: int, sites: int, groups: int = 1, seed: int = 0) -> Relatives: ...


@pytest.fixture(scope="session")
def relatives() -> MakeRelatives:
    return _relatives


@cache
def _relatives(haplotypes: int, sites: int, groups: int = 1, seed: int = 0) -> Relatives:
    rng = np.random.default_rng([haplotypes, sites, groups, seed])
    ancestors = rng.random((7, sites)) < rng.beta(0.4, 1, sites)
    switches = np.cumsum(rng.random((haplotypes, sites)) < 0.05, axis=1)
    source = (rng.integers(0, 7, (haplotypes, 1)) + 2 * switches) % 7
    alleles = ancestors[source, np.arange(sites)] ^ (rng.random((haplotypes, sites)) < 0.01)
    labels = np.unique(rng.integers(0, groups, haplotypes) ** 2 // groups, return_inverse=True)[1]
    panel = pair_counts.site_major(Haplotypes.from_alleles(alleles), labels, backend="reference")
    order = np.argsort(labels, kind="stable")
    return Relatives(panel, alleles[order].astype(int), labels[order])
