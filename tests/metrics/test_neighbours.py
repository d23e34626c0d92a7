from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.kernels import hamming
from artgen_fast.metrics.neighbours import NeighbourSearches


@pytest.fixture
def counted(monkeypatch):
    """Every search that runs, as (function, rows searched)."""
    calls = []
    for name in ("within", "cross"):
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
