from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.panels.equal_sizes import equal_sizes


def people(n):
    return Haplotypes.from_alleles(np.zeros((2 * n, 3), int), samples=Samples.from_persons([f"P{i}" for i in range(n)]))


def synthetic(n):
    return Haplotypes.from_alleles(np.zeros((n, 3), int))


def test_takes_persons_whole_and_rows_once():
    panel = people(50)
    sizes = equal_sizes({"real": panel, "synthetic": synthetic(31)}, seed=4, repeats=3)
    assert (sizes.n, sizes.repeats, sizes.sizes) == (30, 3, {"real": 100, "synthetic": 31})
    for rows in sizes.rows["real"]:
        assert len(set(rows.tolist())) == 30
        assert set(np.unique(panel.samples.person[rows], return_counts=True)[1].tolist()) == {2}
    assert len({tuple(sorted(rows.tolist())) for rows in sizes.rows["real"]}) == 3


def test_fills_an_odd_number_with_a_row_that_belongs_to_nobody():
    panel = people(20)
    lone = synthetic(1)
    mixed = Haplotypes(
        np.concatenate([panel.packed, lone.packed]),
        3,
        panel.sites,
        Samples(
            *(
                np.concatenate([getattr(panel.samples, column), getattr(lone.samples, column)])
                for column in ("name", "person", "phase")
            )
        ),
    )
    for seed in range(20):
        assert equal_sizes({"real": mixed, "synthetic": synthetic(7)}, seed).n in (6, 7)
    assert equal_sizes({"real": mixed, "synthetic": synthetic(41)}).n == 41


def test_rows_come_in_random_order_even_without_a_cut():
    sizes = equal_sizes({"real": people(50), "synthetic": synthetic(100)}, seed=0, repeats=5)
    assert sizes.repeats == 1
    assert sizes.description == ""
    rows = sizes.rows["real"][0]
    assert sorted(rows.tolist()) == list(range(100))
    assert abs(np.corrcoef(rows, np.arange(100))[0, 1]) < 0.4


def test_numbers_may_be_those_of_numpy():
    panels = {"real": people(50), "synthetic": synthetic(40)}
    ours = equal_sizes(panels, at_most=np.int64(30), repeats=np.int32(2))
    assert (ours.n, ours.repeats) == (30, 2)
    for wrong in ({"at_most": np.int64(1)}, {"at_most": 2.0}, {"repeats": np.int64(0)}, {"repeats": True}):
        with pytest.raises(InputError, match=r"must be a (positive )?whole number"):
            equal_sizes(panels, **wrong)


def test_every_person_is_taken_equally_often():
    counts = np.zeros(20)
    for rows in equal_sizes({"real": people(20), "synthetic": synthetic(10)}, seed=1, repeats=400).rows["real"]:
        counts += np.bincount(rows // 2, minlength=20) / 2
    # 400 draws of 5 of 20 persons: each 100 times, sd 8.7.
    assert np.all(np.abs(counts - 100) < 4 * 8.7)


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match=r"seed must be a whole number from 0 to 2\^64 - 1; got -1"):
        equal_sizes({"real": people(4), "s": synthetic(6)}, seed=-1)


def test_refuses_panels_without_two_haplotypes_in_common():
    with pytest.raises(InputError, match=r"at least two haplotypes of every panel, taken by person; got real: 8, s: 1"):
        equal_sizes({"real": people(4), "s": synthetic(1)})


def test_every_panel_is_cut_where_fewer_haplotypes_are_wanted():
    panels = {"real": people(50), "synthetic": synthetic(80)}
    assert "haplotypes, as many as " in equal_sizes(panels, seed=0).description
    sizes = equal_sizes(panels, seed=0, at_most=20)
    assert "as many as" not in sizes.description
    assert (sizes.n, sizes.repeats) == (20, 1)
    assert sizes.description == "real (100), synthetic (80) cut at random, by person, to 20 haplotypes, once"
    assert {len(set(sizes.rows[name][0].tolist())) for name in panels} == {20}
    assert len({row // 2 for row in sizes.rows["real"][0]}) == 10
    assert equal_sizes(panels, seed=0, at_most=500).n == 80


@pytest.mark.parametrize("at_most", [1, 0, True, 2.5])
def test_fewer_than_two_haplotypes_cannot_be_wanted(at_most):
    with pytest.raises(InputError, match="at_most must be a whole number from 2; got"):
        equal_sizes({"real": people(4), "s": synthetic(6)}, at_most=at_most)
