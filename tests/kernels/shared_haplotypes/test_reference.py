"""The reference against stretches of text, compared one by one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from artgen_fast.kernels.shared_haplotypes import longest_shared


def stretches(query: str, target: str, bounds):
    """Every [begin, end) over which two rows are identical, within a contig."""
    for first, last in pairwise(bounds):
        for begin in range(first, last):
            for end in range(begin + 1, last + 1):
                if query[begin:end] == target[begin:end]:
                    yield begin, end


@pytest.mark.parametrize(("sites", "contigs"), [(1, 1), (24, 1), (30, 3), (40, 12)])
def test_every_stretch_of_every_pair_is_looked_at(sharing, sites, contigs):
    case = sharing(7, 9, sites, contigs)
    queries, targets = (["".join(map(str, row)) for row in panel.alleles()] for panel in case[:2])
    result = longest_shared(*case, backend="reference")
    for row, query in enumerate(queries):
        shared = [
            (end - begin, -end, -index, begin, int(case.positions[end - 1] - case.positions[begin]))
            for index, target in enumerate(targets)
            for begin, end in stretches(query, target, case.bounds)
        ]
        # The most sites, then the stretch that ends first, then the lowest index.
        length, _, index, begin, _ = max(shared, default=(0, 0, 1, -1, 0))
        expected = (length, max((each[-1] for each in shared), default=0), begin, -index)
        assert tuple(int(part[row]) for part in result) == expected
