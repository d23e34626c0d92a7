from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.uncertainty.left_out_pairs import between_without_groups, within_without_groups

SITES = 90


def panel(rows, seed):
    return Haplotypes.from_alleles(np.random.default_rng(seed).integers(0, 2, (rows, SITES)))


def counted(distances):
    return np.bincount(np.rint(np.ravel(distances) * SITES).astype(int), minlength=SITES + 1)


@pytest.mark.parametrize("backend", ["reference", "numba", None])
@pytest.mark.parametrize(("rows", "n_groups"), [(70, 20), (41, 7), (9, 9), (12, 1)])
def test_pairs_without_a_group_are_those_of_the_rows_that_are_left(backend, rows, n_groups):
    first, second = panel(rows, 0), panel(rows + 8, 1)
    rng = np.random.default_rng(2)
    first_groups, second_groups = (rng.permutation(np.arange(len(each)) % n_groups) for each in (first, second))
    a, b = first.alleles(), second.alleles()

    within = within_without_groups(first, first_groups, backend=backend)
    without_first, without_second = between_without_groups(
        first, second, first_groups, second_groups, backend=backend, threads=2
    )
    assert within.shape == without_first.shape == without_second.shape == (n_groups, SITES + 1)
    if n_groups == 1:
        assert not within.any()
        assert not without_first.any()
        return
    for group in range(n_groups):
        left, left_second = a[first_groups != group], b[second_groups != group]
        np.testing.assert_array_equal(within[group], counted(pdist(left, "hamming")))
        np.testing.assert_array_equal(without_first[group], counted(cdist(left, b, "hamming")))
        np.testing.assert_array_equal(without_second[group], counted(cdist(a, left_second, "hamming")))
