"""Sampled states of machines of at most 12 units against full enumeration, by chi-square tests with fixed seeds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from artgen_fast.kernels import gibbs
from artgen_fast.kernels.gibbs import reference

LOWEST_P = 1e-3
N_VISIBLE, N_HIDDEN = 7, 5
N_CHAINS = 200_000


@pytest.fixture(scope="module")
def small():
    """A machine whose chains take several steps to forget their start, so that a step more or less shows."""
    rng = np.random.default_rng(5)
    weights = rng.standard_normal((N_VISIBLE, N_HIDDEN)) * 2
    parts = weights, -weights.sum(1) / 2 + rng.standard_normal(N_VISIBLE) / 2, -weights.sum(0) / 2
    return [part.astype(np.float32) for part in parts]


def outcomes(n):
    return np.array([state[::-1] for state in itertools.product([0, 1], repeat=n)], float)


def probability_of_each(p):
    """Of every outcome (columns) of independent units, a row of probabilities each."""
    of_units = outcomes(p.shape[1])
    return np.where(of_units[None] > 0, p[:, None], 1 - p[:, None]).prod(-1)


def transition(machine, pinned, kept):
    """Probabilities of (v, h) after a step from v, where pinned units keep the states ``kept``: (v, h, new v)."""
    weights, visible_bias, hidden_bias = (part.astype(float) for part in machine)
    to_hidden = probability_of_each(reference.sigmoid(outcomes(N_VISIBLE) @ weights + hidden_bias))
    p = reference.sigmoid(outcomes(N_HIDDEN) @ weights.T + visible_bias)
    to_visible = probability_of_each(np.where(pinned, kept, p))
    return to_hidden[:, :, None] * to_visible[None]


def joint_after(machine, steps, pinned, kept):
    """Distribution of (h, v) after some steps from the uniform one over the free units."""
    step = transition(machine, pinned, kept)
    v = np.where(pinned, outcomes(N_VISIBLE) == kept, True).all(1).astype(float)
    v /= v.sum()
    for _ in range(steps):
        joint = np.einsum("v,vhw->hw", v, step)
        v = joint.sum(0)
    return joint


def counts(states):
    hidden = states.hidden[:, 0].astype(np.int64)
    return np.bincount(hidden << N_VISIBLE | states.visible[:, 0].astype(np.int64), minlength=2**12)


def p_value(observed, expected):
    """Of a chi-square test, the outcomes that are expected fewer than 5 times taken together with the next rarest."""
    expected = expected.ravel() * observed.sum()
    order = np.argsort(expected)
    taken = max(np.count_nonzero(expected < 5), np.searchsorted(np.cumsum(expected[order]), 5) + 1)
    rare, common = order[:taken], order[taken:]
    both = [np.append(each[common], each[rare].sum()) for each in (observed, expected)]
    return stats.chisquare(*both).pvalue


@pytest.mark.parametrize("precision", ["int8x2", "float32"])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("pinned_units", [0, 3])
def test_joint_distribution_of_both_layers(engine, small, precision, steps, pinned_units):
    pinned = np.arange(N_VISIBLE) < pinned_units
    kept = np.array([1, 0, 1, 0, 0, 0, 0])
    start = gibbs.random_start(N_CHAINS, N_VISIBLE, seed=steps)
    mask = np.uint64(int(pinned @ (1 << np.arange(N_VISIBLE))))
    start[:, 0] = (start[:, 0] & ~mask) | (np.uint64(int(kept @ (1 << np.arange(N_VISIBLE)))) & mask)
    states = gibbs.sample(*small, start, steps, pinned=pinned, seed=11, precision=precision, **engine)
    observed = counts(states)
    assert p_value(observed, joint_after(small, steps, pinned, kept)) > LOWEST_P
    # The same test tells one step more, and an unpinned machine.
    assert p_value(observed, joint_after(small, steps + 1, pinned, kept)) < 1e-12
    if pinned_units:
        unpinned = joint_after(small, steps, np.zeros(N_VISIBLE, bool), kept)
        assert p_value(observed, unpinned) < 1e-12


def test_stationary_distribution_is_that_of_the_energy(engine, small):
    weights, a, b = (part.astype(float) / 3 for part in small)  # mixes fast
    v, h = outcomes(N_VISIBLE), outcomes(N_HIDDEN)
    energy = -(h @ weights.T @ v.T) - (v @ a)[None] - (h @ b)[:, None]
    expected = np.exp(-energy)
    expected /= expected.sum()
    machine = [part.astype(np.float32) for part in (weights, a, b)]
    start = gibbs.random_start(N_CHAINS, N_VISIBLE)
    states = gibbs.sample(*machine, start, 60, seed=2, **engine)
    # h was sampled before v: both belong to one draw of the joint distribution.
    assert p_value(counts(states), expected) > LOWEST_P
    assert p_value(counts(states), np.full(2**12, 1 / 2**12)) < 1e-12
