from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.haplotypes import pack
from artgen_fast.metrics.neighbours.pool import NearestClasses, Pool
from artgen_fast.metrics.uncertainty.label_permutations import p_value, permuted_labels, permuted_shares, permuted_unit


def pool(is_real, units):
    n = len(is_real)
    everyone = NearestClasses(
        np.arange(n),
        np.zeros(n, dtype=bool),
        np.arange(n),
        np.arange(n),
        np.zeros(n, dtype=bool),
        pack(np.eye(n, dtype=np.uint8)),
    )
    return Pool(np.arange(n), np.array(is_real), np.array(units), np.zeros((n, 1), dtype=np.int64), everyone)


def test_persons_move_whole():
    persons = pool([True, False, True, False, False, True, True, False], [0, 4, 0, 4, 5, 2, 2, 5])
    assert permuted_unit(persons) == "persons"
    labels = np.concatenate(list(permuted_labels(persons, np.random.default_rng(0), 300)))
    assert labels.shape == (300, 8)
    assert np.all(labels.sum(axis=1) == 4)
    for unit in (0, 2, 4, 5):
        rows = np.flatnonzero(persons.units == unit)
        assert np.all(labels[:, rows[0]] == labels[:, rows[1]])
    # All 6 ways to call two of four persons real come out, each in a sixth of 300.
    counts = np.unique(labels, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert np.all(np.abs(counts - 50) < 4 * np.sqrt(300 * 5 / 36))


def test_single_rows_cannot_be_exchanged_for_persons():
    mixed = pool([True, True, False, False], [0, 0, 1, 2])
    assert permuted_unit(mixed) == "haplotypes"
    labels = np.concatenate(list(permuted_labels(mixed, np.random.default_rng(0), 200)))
    assert np.any(labels[:, 0] != labels[:, 1])
    assert np.all(labels.sum(axis=1) == 2)


def test_large_pools_come_in_blocks_that_add_up():
    large = pool([True, False] * 5000, range(10_000))
    blocks = list(permuted_labels(large, np.random.default_rng(0), 250))
    assert len(blocks) > 1
    assert sum(map(len, blocks)) == 250


def test_p_value_counts_the_observed_labelling():
    null = np.array([0.1, 0.2, 0.3])
    assert p_value(0.4, null) == 1 / 4
    assert p_value(0.2, null) == 3 / 4
    assert p_value(0.1 + 0.2, null) == 2 / 4, "0.1 + 0.2 and 0.3 differ by rounding only"


def test_shares_of_labels_dealt_anew_are_hypergeometric_whatever_the_blocks(monkeypatch):
    labels = np.arange(60) < 20
    votes = np.zeros(60)
    votes[25:35] = 2
    shares = permuted_shares(labels, votes, np.random.default_rng(1), permutations=4000)
    assert shares.shape == (4000,)
    expected = stats.hypergeom(60, 20, 10)
    assert shares.mean() == pytest.approx(expected.mean() / 10, abs=4 * expected.std() / 10 / np.sqrt(4000))
    assert shares.std() == pytest.approx(expected.std() / 10, rel=4 / np.sqrt(2 * 4000))
    monkeypatch.setattr("artgen_fast.metrics.uncertainty.label_permutations._LABELS_PER_BLOCK", 61 * 7)
    again = permuted_shares(labels, votes, np.random.default_rng(1), permutations=4000)
    np.testing.assert_array_equal(again, shares)
    assert np.isnan(permuted_shares(labels, np.zeros(60), np.random.default_rng(1), permutations=3)).all()
