from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.nn_chains import chain_members, nn_chains, nn_chains_of


def panel(alleles):
    return Haplotypes.from_alleles(np.asarray(alleles))


def test_chains_do_not_return():
    # A line of rows 0 - 1 - 2 - 3 - 4 at growing gaps: from each, the nearest not yet visited.
    position = np.array([0, 1, 3, 6, 10])
    distances = np.abs(position[:, None] - position).astype(float)
    np.fill_diagonal(distances, np.inf)
    members = chain_members(np.argsort(distances, axis=1, kind="stable")[:, :4])
    assert members.tolist() == [[0, 1, 2, 3, 4], [1, 0, 2, 3, 4], [2, 1, 0, 3, 4], [3, 2, 1, 0, 4], [4, 3, 2, 1, 0]]


@st.composite
def two_panels(draw):
    n, sites = draw(st.integers(2, 6)), draw(st.integers(1, 8))
    alleles = st_numpy.arrays(np.uint8, (n, sites), elements=st.integers(0, 1))
    return draw(alleles), draw(alleles)


@settings(max_examples=60, deadline=None)
@given(two_panels(), st.integers(0, 3))
def test_equals_a_walk_over_all_distances(both, seed):
    real, synthetic = both
    searches = NeighbourSearches({"real": panel(real), "s": panel(synthetic)}, seed=seed, backend="reference")
    result = nn_chains_of(searches, "real", "s", seed=seed)
    order = searches.pool("real", "s").order
    rows = np.concatenate([searches.panel("real").alleles(), searches.panel("s").alleles()])[order]
    letters = ["T" if row < len(real) else "S" for row in order]
    longest = min(5, len(rows))
    assert {len(chain.pattern) for chain in result.patterns} == set(range(2, longest + 1))
    for size in range(2, longest + 1):
        counts: dict[str, int] = {}
        for start in range(len(rows)):
            visited = [start]
            while len(visited) < size:
                left = [row for row in range(len(rows)) if row not in visited]
                visited.append(min(left, key=lambda row: (int(np.sum(rows[row] != rows[visited[-1]])), row)))
            pattern = "".join(letters[row] for row in visited)
            counts[pattern] = counts.get(pattern, 0) + 1
        for chain in result.patterns:
            if len(chain.pattern) == size:
                assert chain.frequency == pytest.approx(counts.get(chain.pattern, 0) / len(rows))
                assert chain.expected == 2**-size


def test_sets_that_never_mix_have_two_patterns():
    real, synthetic = np.zeros((30, 120), int), np.ones((30, 120), int)
    real[np.arange(30), np.arange(30)], synthetic[np.arange(30), 60 + np.arange(30)] = 1, 0
    result = nn_chains(panel(real), panel(synthetic), backend="reference")
    assert result.frequency("TTTTT") == result.frequency("SSSSS") == 0.5
    assert result.frequency("TS") == 0
    assert result.departure["5"] == pytest.approx(1 - 2 / 32)
    assert result.p_value["5"] < 0.01


def test_frequencies_of_a_size_are_sums_over_longer_ones(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    result = nn_chains(half, other, backend="reference")
    for size in (2, 3, 4):
        for chain in result.patterns:
            if len(chain.pattern) == size:
                longer = result.frequency(chain.pattern + "S") + result.frequency(chain.pattern + "T")
                assert chain.frequency == pytest.approx(longer)
                assert chain.interval.contains(chain.frequency)
    starts_with_t = sum(
        chain.frequency for chain in result.patterns if len(chain.pattern) == 3 and chain.pattern[0] == "T"
    )
    assert starts_with_t == pytest.approx(0.5)
