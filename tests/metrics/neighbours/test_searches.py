from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.kernels import hamming
from artgen_fast.metrics.neighbours.searches import NeighbourSearches


@pytest.fixture
def counted(monkeypatch):
    """Every search that runs, as (function, rows searched)."""
    calls = []
    for name in ("within", "cross", "histogram"):
        original = getattr(hamming, name)

        def counting(first, *rest, name=name, original=original, **options):
            calls.append((name, len(first)))
            return original(first, *rest, **options)

        monkeypatch.setattr(hamming, name, counting)
    return calls


def test_every_search_runs_once(founders_panel, without_persons, counted):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    searches = NeighbourSearches({"real": half, "a": without_persons(other)}, repeats=10, backend="reference")
    for _ in range(2):
        for repeat in range(searches.repeats):
            searches.within("real", repeat), searches.within("a", repeat), searches.cross("real", "a", repeat)
        searches.pool("real", "a")
    assert sorted(counted) == [("cross", 240), ("within", 240), ("within", 240), ("within", 480)]


def test_a_cut_panel_is_searched_once_a_cut_and_the_whole_one_once(founders_panel, without_persons, counted):
    searches = NeighbourSearches(
        {"real": founders_panel, "a": without_persons(founders_panel[:40])}, repeats=3, backend="reference"
    )
    for repeat in range(3):
        searches.within("a", repeat), searches.within("real", repeat), searches.cross("real", "a", repeat)
    assert counted.count(("within", 40)) == 1 + 3
    assert counted.count(("cross", 40)) == 3


def test_pool_holds_both_panels_shuffled(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    searches = NeighbourSearches({"real": half, "other": other}, backend="reference")
    pool = searches.pool("real", "other")
    assert sorted(pool.order.tolist()) == list(range(480))
    np.testing.assert_array_equal(pool.is_real, pool.order < 240)
    assert pool.indices.shape == (480, 4)
    # Persons of the two panels keep apart though both panels number theirs from 0.
    assert set(np.unique(pool.units, return_counts=True)[1].tolist()) == {2}
    assert not set(pool.units[pool.is_real].tolist()) & set(pool.units[~pool.is_real].tolist())


def test_a_pool_of_few_rows_has_fewer_neighbours(founders_panel):
    searches = NeighbourSearches({"real": founders_panel[:2], "a": founders_panel[2:4]}, backend="reference")
    assert searches.pool("real", "a").indices.shape == (4, 3)


def test_pairs_without_groups_of_persons(founders_panel, without_persons, counted):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    searches = NeighbourSearches(
        {"real": half, "a": without_persons(other)[:200]}, histograms=True, backend="reference"
    )
    groups = searches.groups("real")
    units = searches.units("real")
    assert groups.shape == (200,)
    assert set(groups.tolist()) == set(range(20))
    assert all(len(set(groups[units == unit].tolist())) == 1 for unit in np.unique(units))
    left = searches.panel("real")[groups != 3]
    np.testing.assert_array_equal(
        searches.within_without_groups("real")[3], hamming.histogram(left, backend="reference")
    )
    without_real, without_a = searches.between_without_groups("real", "a")
    np.testing.assert_array_equal(without_real[3], hamming.histogram(left, searches.panel("a"), backend="reference"))
    assert without_a.shape == (20, 301)
    # The real rows' own pairs are counted once for all sets.
    before = len(counted)
    searches.within_without_groups("real")
    assert len(counted) == before
    # Every pair is in a group or out of it: summed over the groups, within each of them twice.
    whole = searches.cross("real", "a").histogram
    np.testing.assert_array_equal(without_real.sum(axis=0), 19 * whole)
