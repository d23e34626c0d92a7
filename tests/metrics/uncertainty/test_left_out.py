from __future__ import annotations

import math

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, Samples, as_text
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between, interval_of


def test_intervals_are_the_jackknife_s():
    real, synthetic = LeftOut(4.0, [1.0, 5.0, 3.0]), LeftOut(2.0, [1.0, 2.5])
    assert interval_of(math.sqrt, real) == jackknife_interval(2, np.sqrt(real.without))
    assert interval_of(math.sqrt, real, 9.0) == jackknife_interval(9, np.sqrt(real.without))

    def ratio(a: float, b: float) -> float:
        return a / b

    expected = [0.5, 2.5, 1.5], [4.0, 1.6]
    assert interval_between(ratio, real, synthetic) == jackknife_interval(2, *expected)
    assert interval_between(ratio, real, synthetic, 7.0) == jackknife_interval(7, *expected)


@pytest.mark.parametrize(
    ("persons", "groups"),
    [("AA", 0), ("AABB", 2), (["", ""], 0), (["", "", ""], 3), (["A", "A", ""], 0), (sorted(2 * [*range(45)]), 20)],
)
def test_two_haplotypes_must_be_left(persons, groups):
    names = as_text([str(person) for person in persons])
    rows = len(names)
    samples = Samples(names, names, np.zeros(rows, dtype=np.int8))
    panel = Haplotypes.from_alleles(np.zeros((rows, 3), int), samples=samples)
    assert groups_to_leave_out(GroupedPanel.of(panel)) == range(groups)
