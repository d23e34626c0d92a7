from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.aa_ts import aa_ts


def panel(alleles, persons=None):
    return Haplotypes.from_alleles(
        np.asarray(alleles), samples=None if persons is None else Samples.from_persons(persons)
    )


@st.composite
def two_panels(draw):
    n, sites = draw(st.integers(2, 7)), draw(st.integers(1, 6))
    alleles = st_numpy.arrays(np.uint8, (n, sites), elements=st.integers(0, 1))
    return draw(alleles), draw(alleles)


@settings(max_examples=150, deadline=None)
@given(two_panels())
def test_equals_its_definition(both):
    real, synthetic = both
    result = aa_ts(panel(real), panel(synthetic), backend="reference")
    halves = {}
    for name, own, other in (("truth", real, synthetic), ("syn", synthetic, real)):
        farther = tied = 0
        for i, row in enumerate(own):
            to_own = min(int(np.sum(row != own[j])) for j in range(len(own)) if j != i)
            to_other = min(int(np.sum(row != there)) for there in other)
            farther += to_other > to_own
            tied += to_other == to_own
        halves[name] = farther / len(own), tied / len(own)
    assert (result.truth, result.truth_tie_rate) == pytest.approx(halves["truth"])
    assert (result.syn, result.syn_tie_rate) == pytest.approx(halves["syn"])
    assert result.value == pytest.approx((result.truth + result.syn) / 2)
    assert result.half_tie == pytest.approx(result.value + result.tie_rate / 2)
    assert result.tie_rate == pytest.approx((halves["truth"][1] + halves["syn"][1]) / 2)


def test_a_tie_counts_nothing_in_the_strict_value_and_half_in_the_other():
    one_apart = [[0, 0], [0, 1]]
    result = aa_ts(panel(one_apart), panel([[1, 0], [1, 1]]), backend="reference")
    assert (result.truth, result.syn, result.tie_rate) == (0, 0, 1)
    assert (result.truth_half_tie, result.syn_half_tie, result.half_tie) == (0.5, 0.5, 0.5)


def test_a_duplicate_of_a_row_is_its_neighbour_though_the_row_itself_is_not():
    # Leaving out distance 0 instead of the row's own index would make 4 the nearest distance within the real set.
    real = [[0] * 8, [0] * 8, [1] * 4 + [0] * 4, [1] * 4 + [0] * 4]
    synthetic = [[0] * 7 + [1], [0] * 6 + [1, 1], [1] * 8, [1] * 5 + [0] * 2 + [1]]
    result = aa_ts(panel(real), panel(synthetic), backend="reference")
    assert result.truth == 1


def test_the_mean_hides_opposite_failures_and_the_worst_half_shows_them():
    # Real rows in a tight cloud, synthetic ones scattered around it, each nearer to the cloud than to any other.
    rng = np.random.default_rng(0)
    real, synthetic = np.zeros((40, 200), int), np.zeros((40, 200), int)
    real[np.arange(40), np.arange(40)] = 1
    for row in synthetic:
        row[rng.choice(np.arange(40, 200), 20, replace=False)] = 1
    result = aa_ts(panel(real), panel(synthetic), backend="reference")
    assert (result.truth_half_tie, result.syn_half_tie, result.value) == (1, 0, 0.5)
    assert result.worst_half_distance == 0.5


def test_the_larger_set_is_cut_by_person_with_the_seed(founders_panel, without_persons):
    real, part = founders_panel, without_persons(founders_panel[:101])
    first, again, other = (aa_ts(real, part, seed=seed, backend="reference") for seed in (1, 1, 2))
    # 101 synthetic rows against whole persons: 100 can be taken of both.
    assert (first.n, first.repeats) == (100, 1)
    assert first.cut == "real (480), synthetic (101) cut at random, by person, to 100 haplotypes, once"
    assert first == again
    assert first != other


def test_repeats_average_several_cuts(founders_panel, without_persons):
    real, part = founders_panel, without_persons(founders_panel[400:])
    several = aa_ts(real, part, repeats=5, backend="reference")
    single = aa_ts(real, part, backend="reference")
    assert (several.repeats, several.n) == (5, 80)
    assert several.cut.endswith(", 5 times")
    # 5 averages of multiples of 1/160 are no multiple of it unless the cuts were all the same.
    assert several.truth_half_tie != single.truth_half_tie


def test_nothing_is_cut_and_nothing_repeated_where_sizes_agree(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    result = aa_ts(half, other, repeats=10, backend="reference")
    assert (result.repeats, result.cut) == (1, "")


def test_intervals_hold_the_value_and_are_wider_for_persons_whose_haplotypes_agree():
    # Every person's two haplotypes share their answer: as 30 units they say less than as 60.
    rng = np.random.default_rng(3)
    lone = rng.integers(0, 2, (30, 60))
    real = np.repeat(lone, 2, axis=0)
    synthetic = np.repeat(lone, 2, axis=0)
    synthetic[::4, 0] ^= 1
    synthetic[1::4, 0] ^= 1
    alone = aa_ts(panel(real), panel(synthetic), backend="reference")
    as_persons = aa_ts(panel(real, [f"P{i}" for i in range(30)]), panel(synthetic), backend="reference")
    assert as_persons.truth == alone.truth
    assert alone.truth_half_tie_interval.contains(alone.truth_half_tie)

    def width(result):
        return result.truth_half_tie_interval.high - result.truth_half_tie_interval.low

    assert width(as_persons) / width(alone) == pytest.approx(2**0.5, rel=0.15)


def test_refuses_panels_that_cannot_be_compared(founders_panel):
    with pytest.raises(InputError, match="real and the synthetic panel must have the same sites"):
        aa_ts(founders_panel, founders_panel[:, :10])
    with pytest.raises(InputError, match="synthetic panel must have at least 2 haplotypes and 1 site; got 1 haplo"):
        aa_ts(founders_panel, founders_panel[:1])
    with pytest.raises(InputError, match="at least 2 haplotypes and 1 site"):
        aa_ts(founders_panel[:, :0], founders_panel[:, :0])
    with pytest.raises(InputError, match="must be Haplotypes; got ndarray"):
        aa_ts(founders_panel, founders_panel.alleles())
    with pytest.raises(InputError, match="repeats must be a positive whole number; got 0"):
        aa_ts(founders_panel, founders_panel, repeats=0)
