from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import pack
from artgen_fast.kernels import hamming
from artgen_fast.metrics.neighbours.pool import MOST_TIED, POOL_NEIGHBOURS, pool_neighbours


def alleles_with_twins(rows: int, n_sites: int, seed: int = 0) -> np.ndarray:
    """Rows of few sites, so that many are identical and most of the others have several equally near."""
    rng = np.random.default_rng(seed)
    return (rng.random((rows, n_sites)) < rng.beta(0.4, 1, n_sites)).astype(np.uint8)


CASES = {
    "twins and ties": alleles_with_twins(60, 8),
    "few twins": alleles_with_twins(40, 30, seed=1),
    "all the same": np.ones((9, 5), dtype=np.uint8),
    "two kinds": np.repeat(np.eye(2, 7, dtype=np.uint8), [1, 6], axis=0),
    "two rows": np.eye(2, 3, dtype=np.uint8),
    "a ladder": np.tri(12, 80, dtype=np.uint8),
    "all equally near": np.eye(30, dtype=np.uint8),
    # Row 0 is as near to all others, more than are kept, each of which is nearest to it alone.
    "more than are kept": np.concatenate([np.zeros((1, 90), np.uint8), np.eye(MOST_TIED + 26, 90, dtype=np.uint8)]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_neighbours_are_those_of_a_search_of_all_rows(name):
    packed = pack(CASES[name])
    k = min(POOL_NEIGHBOURS, len(packed) - 1)
    indices, _ = pool_neighbours(packed, "reference")
    np.testing.assert_array_equal(indices, hamming.within(packed, k=k, backend="reference").indices)


@pytest.mark.parametrize("name", CASES)
def test_labels_are_held_against_all_that_are_equally_near(name, brute_force):
    alleles = CASES[name]
    _, nearest = pool_neighbours(pack(alleles), "reference")
    distances = brute_force.distances(alleles, alleles)
    np.fill_diagonal(distances, alleles.shape[1] + 1)
    labels = np.random.default_rng(2).random((20, len(alleles))) < 0.5
    # Of more than are kept, all that are kept may have one label, and others the other.
    labels[1, : MOST_TIED + 10], labels[2] = True, ~labels[1]
    labels[3] = True
    found = nearest.halves_agreeing(labels)
    for row, from_row in enumerate(distances):
        tied = np.flatnonzero(from_row == from_row.min())
        alike = labels[:, tied] == labels[:, row, None]
        expected = np.where(alike.all(axis=1), 2, np.where(alike.any(axis=1), 1, 0))
        np.testing.assert_array_equal(found[:, row], expected, err_msg=f"row {row}")
    np.testing.assert_array_equal(nearest.halves_agreeing(labels[0]), found[0])
