"""The reference against texts that are compared letter by letter, and cases that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels.surrounding_stretches import longest_around


def test_stretches_are_followed_letter_by_letter(hiding):
    case = hiding(6, 12, 90, 3)
    found = longest_around(*case, backend="reference")
    queries, targets = case.queries.alleles(), case.targets.alleles()
    contigs = [range(begin, end) for begin, end in pairwise(case.bounds)]
    for i, query in enumerate(queries):
        for j, hidden in enumerate(case.hidden):
            inside = next(contig for contig in contigs if hidden in contig)
            lengths = []
            for target in targets:
                length = 0
                for direction in (-1, 1):
                    site = hidden + direction
                    while site in inside and (not case.observed[site] or target[site] == query[site]):
                        length += case.observed[site]
                        site += direction
                lengths.append(int(length))
            expected = sorted(range(len(targets)), key=lambda target: -lengths[target])[: case.k]
            assert found.targets[i, j].tolist() == expected
            assert found.lengths[i, j].tolist() == [lengths[target] for target in expected]


def test_hidden_alleles_are_never_looked_at(engine, hiding):
    case = hiding(6, 12, 90, 3)
    expected = longest_around(*case, backend="reference")
    blinded = [
        Haplotypes.from_alleles(np.where(case.observed, panel.alleles(), 1 - panel.alleles())) for panel in case[:2]
    ]
    for chosen in (engine, {"backend": "reference"}):
        for panels in (blinded, (case.queries, blinded[1])):
            found = longest_around(*panels, *case[2:], **chosen)
            np.testing.assert_array_equal(found.lengths, expected.lengths)
            np.testing.assert_array_equal(found.targets, expected.targets)


def test_nothing_observed_leaves_the_first_targets(engine, hiding):
    case = hiding(4, 20, 70)
    for chosen in (engine, {"backend": "reference"}):
        found = longest_around(*case[:2], np.zeros(70, dtype=bool), [3, 69], 3, **chosen)
        assert not found.lengths.any()
        assert (found.targets == [0, 1, 2]).all()


def test_copies_share_their_contig(engine, hiding):
    case = hiding(4, 20, 300, 2)
    copied = case.targets[[11, 5, 5]]
    for chosen in (engine, {"backend": "reference"}):
        found = longest_around(copied, *case[1:4], 1, case.bounds, **chosen)
        sizes = np.add.reduceat(case.observed, case.bounds[:-1])
        contig = np.searchsorted(case.bounds, case.hidden, side="right") - 1
        np.testing.assert_array_equal(found.lengths[..., 0], np.tile(sizes[contig], (3, 1)))
