from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import pack
from artgen_fast.kernels import hamming
from artgen_fast.metrics.neighbours.pool import POOL_NEIGHBOURS, pool_neighbours


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
    found = nearest.halves_agreeing(labels)
    for row, from_row in enumerate(distances):
        tied = np.flatnonzero(from_row == from_row.min())
        # Of more than four different haplotypes that are equally near, four are looked at.
        different = dict.fromkeys(alleles[at].tobytes() for at in tied.tolist())
        if from_row.min() and len(different) > POOL_NEIGHBOURS:
            tied = np.array([at for at in tied if alleles[at].tobytes() in list(different)[:POOL_NEIGHBOURS]])
        alike = labels[:, tied] == labels[:, row, None]
        expected = np.where(alike.all(axis=1), 2, np.where(alike.any(axis=1), 1, 0))
        np.testing.assert_array_equal(found[:, row], expected, err_msg=f"row {row}")
    np.testing.assert_array_equal(nearest.halves_agreeing(labels[0]), found[0])
