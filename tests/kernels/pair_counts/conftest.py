"""Panels on which a wrong word, tail, group or fixed site shows."""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.pair_counts import SiteMajor


class Panels(Protocol):
    """Makes a panel by kind, haplotypes and sites, the same at every call."""

    def __call__(self, kind: str, rows: int, sites: int) -> Haplotypes: ...


class TurnedPanels(Protocol):
    """The same panels by site, turned by the reference; in uneven groups, one of them a single haplotype, if asked."""

    def __call__(self, kind: str, rows: int, sites: int, grouped: bool = False) -> SiteMajor: ...


@pytest.fixture(scope="session")
def panel() -> Panels:
    return _panel


@pytest.fixture(scope="session")
def turned() -> TurnedPanels:
    return _turned


@pytest.fixture(scope="session")
def groups() -> Any:
    """Uneven groups of a number of haplotypes, in mixed order; one group has a single haplotype."""
    return _groups


@cache
def _panel(kind: str, rows: int, sites: int) -> Haplotypes:
    rng = np.random.default_rng([*kind.encode(), rows, sites])
    match kind:
        case "noise":
            alleles = rng.random((rows, sites)) < 0.5
        case "zeros":
            alleles = np.zeros((rows, sites), bool)
        case "ones":
            alleles = np.ones((rows, sites), bool)
        case "single bits":
            # One 1 a haplotype: a bit that goes to the wrong place changes answers.
            alleles = np.zeros((rows, sites), bool)
            alleles[np.arange(rows), (np.arange(rows) * 11) % sites] = True
        case "people":
            # Most sites are rare, neighbours are alike, some are copies of each other and some are fixed.
            frequencies = rng.beta(0.15, 1, sites)
            alleles = rng.random((rows, 1)) < np.repeat(frequencies[::4], 4)[:sites]
            alleles ^= rng.random((rows, sites)) < 0.02
            alleles[:, 5::7] = alleles[:, 4 : sites - 1 : 7]
            alleles[:, 3::7] = False
            alleles[:, 6::11] = True
        case _:
            raise ValueError(kind)
    return Haplotypes.from_alleles(alleles)


@cache
def _groups(rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    groups = np.unique(np.random.default_rng(rows).geometric(0.3, rows), return_inverse=True)[1]
    groups[groups == groups[rows // 2]] = groups[0]
    groups[rows // 2] = groups.max() + 1
    return np.unique(groups, return_inverse=True)[1]


@cache
def _turned(kind: str, rows: int, sites: int, grouped: bool = False) -> SiteMajor:
    return pair_counts.site_major(_panel(kind, rows, sites), _groups(rows) if grouped else None, backend="reference")
