"""Small panels for the generators."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, Samples, Sites


@pytest.fixture(scope="session")
def panel() -> Haplotypes:
    """60 persons from two groups that differ at every site, with named sites; linked, and quick to train on."""
    rng = np.random.default_rng(7)
    group = rng.random(120) < 0.5
    frequency = np.where(group[:, None], 0.8, 0.15)
    alleles = (rng.random((120, 40)) < frequency).astype(np.uint8)
    sites = Sites.from_columns(
        np.arange(1, 41) * 100, contig="1", id=[f"rs{i}" for i in range(40)], ref="A", alt=["C", "GT"] * 20
    )
    return Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(60)]))
