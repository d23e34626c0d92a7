"""The reference against distances counted allele by allele, and answers small enough to check by eye."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.haplotypes import pack, unpack
from artgen_fast.kernels.hamming import reference


@pytest.mark.parametrize("kind", ["noise", "rare", "mosaic"])
def test_distances_are_the_numbers_of_differing_alleles(panel, kind):
    queries, targets = panel(kind, 7, 3), panel(kind, 9, 3)
    alleles, other_alleles = unpack(queries, 192), unpack(targets, 192)
    expected = [[sum(a != b for a, b in zip(x, y, strict=True)) for y in other_alleles] for x in alleles]
    assert reference.distances(queries, targets).tolist() == expected


def test_ties_go_to_the_lowest_index():
    queries = pack([[0, 0, 0]])
    targets = pack([[1, 1, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0]])
    distances, indices = reference.nearest(queries, targets, 4, False)
    assert distances.tolist() == [[0, 1, 1, 2]]
    assert indices.tolist() == [[3, 1, 2, 0]]


def test_a_row_is_not_its_own_neighbour_but_its_duplicate_is():
    rows = pack([[0, 1], [0, 1], [1, 1]])
    distances, indices, counts = reference.within(rows, 2, True)
    assert distances.tolist() == [[0, 1], [0, 1], [1, 1]]
    assert indices.tolist() == [[1, 2], [0, 2], [0, 1]]
    assert counts is not None
    assert counts[:3].tolist() == [1, 2, 0]


def test_cross_gives_the_minima_of_rows_and_columns():
    queries, targets = pack([[0, 0, 0], [1, 1, 1]]), pack([[0, 0, 1], [1, 1, 1], [0, 1, 0]])
    row_distances, row_indices, column_distances, column_indices, counts = reference.cross(queries, targets, True)
    assert (row_distances.tolist(), row_indices.tolist()) == ([1, 0], [0, 1])
    assert (column_distances.tolist(), column_indices.tolist()) == ([1, 0, 1], [0, 1, 0])
    assert counts is not None
    assert counts[:4].tolist() == [1, 2, 2, 1]
    assert counts.sum() == 6
    assert counts.dtype == np.int64
