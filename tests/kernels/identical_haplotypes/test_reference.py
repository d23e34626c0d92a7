"""The reference against haplotypes compared two by two."""

from __future__ import annotations

from itertools import combinations

import allel
import numpy as np
import pytest

from artgen_fast.kernels.identical_haplotypes import haplotype_classes, identical_pairs


@pytest.mark.parametrize("groups", [1, 5])
def test_pairs_are_compared_two_by_two(relatives, groups):
    panel, alleles, group = relatives(30, 40, groups)
    walks = [(core, allele, end) for core in (0, 17, 39) for allele in (0, 1) for end in (-1, 40) if core != end]
    found = identical_pairs(panel, *zip(*walks, strict=True), backend="reference")
    for (core, allele, end), pairs in zip(walks, found, strict=True):
        carriers = np.flatnonzero(alleles[:, core] == allele)
        path = range(core, end, 1 if end > core else -1)
        assert pairs.shape == (len(path) if len(carriers) > 1 else 1, 1 + panel.n_groups)
        for step, site in enumerate(path[: len(pairs)]):
            stretch = slice(min(core, site), max(core, site) + 1)
            identical = [
                (a, b) for a, b in combinations(carriers, 2) if np.array_equal(alleles[a, stretch], alleles[b, stretch])
            ]
            without = [sum(out not in (group[a], group[b]) for a, b in identical) for out in range(panel.n_groups)]
            assert pairs[step].tolist() == [len(identical), *without]


def test_a_walk_ends_where_less_than_the_least_share_is_left_in_every_column(relatives):
    panel, *_ = relatives(30, 40, 5)
    for walk in ((20, 0, 40), (20, 0, -1), (3, 0, 40)):
        arguments = ([part] for part in walk)
        whole, ended = (
            identical_pairs(panel, *each, least=least, backend="reference")[0]
            for each, least in zip([list(arguments)] * 2, (0, 0.3), strict=True)
        )
        below = np.flatnonzero(np.all(whole < 0.3 * whole[0], axis=1))
        assert len(below)
        np.testing.assert_array_equal(ended, whole[: below[0] + 1])


def test_the_share_of_pairs_is_scikit_allel_s_ehh(relatives):
    panel, alleles, _ = relatives(60, 80)
    common = np.flatnonzero(np.minimum(alleles.sum(axis=0), 60 - alleles.sum(axis=0)) > 5)
    for core, allele in ((common[0], 0), (common[-1], 0), (common[len(common) // 2], 1)):
        carriers = alleles[alleles[:, core] == allele].astype(np.int8)
        for end, stretch in ((80, carriers[:, core:]), (-1, carriers[:, : core + 1][:, ::-1])):
            (pairs,) = identical_pairs(panel, [core], [allele], [end], backend="reference")
            np.testing.assert_allclose(pairs[:, 0] / pairs[0, 0], allel.ehh_decay(stretch.T))


def test_classes_are_those_of_equal_text(relatives):
    panel, alleles, _ = relatives(30, 40, 5)
    windows = [(0, 40), (5, 12), (7, 7), (39, 40)]
    found = haplotype_classes(panel, *zip(*windows, strict=True), backend="reference")
    for (begin, end), classes in zip(windows, found, strict=True):
        texts = ["".join(map(str, row)) for row in alleles[:, begin:end]]
        assert classes.tolist() == [list(dict.fromkeys(texts)).index(text) for text in texts]
