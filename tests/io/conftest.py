"""A small panel of people with everything that a format can carry."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast import Haplotypes, Samples, Sites


@pytest.fixture
def panel():
    """Four people (8 haplotypes) at 83 sites of two contigs: an indel, a repeated position, an unnamed site."""
    alleles = np.random.default_rng(0).integers(0, 2, (8, 83))
    position = np.concatenate([100 * np.arange(1, 61), 50 * np.arange(1, 24)])
    position[5] = position[4]
    identifier = np.array([f"rs{site}" for site in range(83)], dtype=object)
    identifier[7] = ""
    ref = np.array(["A", "C", "G", "T"] * 20 + ["A", "C", "G"], dtype=object)
    alt = np.array(["G", "T", "A", "C"] * 20 + ["G", "T", "A"], dtype=object)
    alt[9] = "TTAC"
    contig = ["20"] * 60 + ["X"] * 23
    return Haplotypes.from_alleles(
        alleles,
        Sites.from_columns(position, contig, identifier, ref, alt),
        Samples.from_persons(["P1", "P2", "P3", "Q"]),
    )


@pytest.fixture
def same():
    """Whether two panels have the same bits, sites and samples; says what differs by the assertion that fails."""

    def check(left: Haplotypes, right: Haplotypes) -> bool:
        np.testing.assert_array_equal(left.packed, right.packed)
        assert left.sites.first_difference(right.sites) is None
        assert left.sites.id.tolist() == right.sites.id.tolist()
        assert left.samples.name.tolist() == right.samples.name.tolist()
        assert left.samples.person.tolist() == right.samples.person.tolist()
        assert left.samples.phase.tolist() == right.samples.phase.tolist()
        return True

    return check


@pytest.fixture
def nothing_written(tmp_path):
    """Assert that no new file came into the test's folder since the fixture was set up (or was last called)."""

    class Watch:
        def __init__(self) -> None:
            self.before = set(tmp_path.iterdir())

        def start(self) -> None:
            self.before = set(tmp_path.iterdir())

        def check(self) -> None:
            assert set(tmp_path.iterdir()) == self.before

    return Watch()
