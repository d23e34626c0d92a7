"""Every engine equals the reference, ties included, with any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels.surrounding_stretches import longest_around


def assert_equal_the_reference(case, engine, **threads):
    found, expected = longest_around(*case, **threads, **engine), longest_around(*case, backend="reference")
    for name, part, expected_part in zip(found._fields, found, expected, strict=True):
        np.testing.assert_array_equal(part, expected_part, err_msg=name)
        assert part.dtype == expected_part.dtype


@pytest.mark.parametrize(
    ("queries", "targets", "sites", "contigs", "share"),
    [
        (1, 1, 1, 1, 0.5),
        (0, 5, 70, 1, 0.5),
        (7, 30, 130, 1, 0.5),
        (7, 30, 700, 4, 0.5),
        (5, 20, 900, 1, 0.98),
        (5, 20, 900, 3, 0.02),
        (9, 6, 90, 40, 0.5),
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_stretches(engine, hiding, queries, targets, sites, contigs, share, threads):
    for seed in range(4):
        assert_equal_the_reference(hiding(queries, targets, sites, contigs, seed, share), engine, threads=threads)


@pytest.mark.parametrize("rarity", [0.5, 0.03, 0.0])
def test_panels_without_a_common_past(engine, rarity):
    rng = np.random.default_rng(0)
    panels = [Haplotypes.from_alleles(rng.random((rows, 400)) < rarity) for rows in (9, 40)]
    observed = rng.random(400) < 0.7
    assert_equal_the_reference((*panels, observed, np.flatnonzero(~observed), 40, [0, 150, 400]), engine)


def test_sites_at_both_ends_and_none(engine, hiding):
    case = hiding(6, 25, 500, 2)
    observed = case.observed.copy()
    observed[[0, 1, 498, 499]] = False
    for hidden in ([0, 1, 498, 499], [0], [499], []):
        assert_equal_the_reference(case._replace(observed=observed, hidden=np.array(hidden, dtype=np.int64)), engine)


def test_rows_of_a_memory_map(engine, hiding, tmp_path):
    case = hiding(6, 25, 512)
    case.targets.packed.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", np.uint64, "r", shape=case.targets.packed.shape)
    assert_equal_the_reference(case._replace(queries=case.queries.packed, targets=mapped), engine)
