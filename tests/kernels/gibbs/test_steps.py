"""One step on every engine, unit by unit: a unit is 1 where its uniform number is below its probability."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.kernels import gibbs
from artgen_fast.kernels.gibbs import reference
from artgen_fast.kernels.gibbs.parameters import checked_parameters

TOLERANCE = {"int8x2": 5e-7, "float32": 1e-5, "bf16": 1e-5}
"""Of probabilities against float64: what rounding leaves of sigmoid alone, and of sums of up to 2,100
numbers in float32 besides."""

SEED, UPDATE, FIRST_CHAIN = 2**40 + 12_345, 7, 1_000_000


def assert_step(machine, n_chains, engine, precision="int8x2", pinned=None, threads=None, start=None):
    """Check both half-steps of the last of two steps."""
    n_visible, n_hidden = machine.weights.shape
    if start is None:
        start = gibbs.random_start(n_chains, n_visible, seed=3)
    numbers = {"seed": SEED, "update": UPDATE, "first_chain": FIRST_CHAIN}
    found = gibbs.sample(*machine, start, 1, pinned, precision=precision, threads=threads, **numbers, **engine)
    for rows, n_units in ((found.visible, n_visible), (found.hidden, n_hidden)):
        assert rows.dtype == np.uint64
        assert not reference.states(rows, 64 * rows.shape[1])[:, n_units:].any()  # padding
    w_hidden, w_visible = reference.effective_weights(checked_parameters(*machine, precision))
    chains = FIRST_CHAIN + np.arange(n_chains)
    begin = reference.states(start, n_visible)
    hidden, visible = reference.states(found.hidden, n_hidden), reference.states(found.visible, n_visible)
    near = 0
    for layer, weights, bias, inputs, units in (
        (reference.HIDDEN, w_hidden, machine.hidden_bias, begin, hidden),
        (reference.VISIBLE, w_visible.T, machine.visible_bias, hidden, visible),
    ):
        p = reference.sigmoid(inputs @ weights + bias)
        u = reference.uniforms(SEED, UPDATE, chains, 0, layer, units.shape[1])
        decided = np.abs(p - u) > TOLERANCE[precision]
        expected = u < p
        if layer == reference.VISIBLE and pinned is not None:
            expected, decided = np.where(pinned, begin > 0, expected), decided | pinned
        np.testing.assert_array_equal(units[decided] > 0, expected[decided])
        near += np.count_nonzero(~decided)
    # Else nothing would have been tested.
    assert near <= 3 + 10 * TOLERANCE[precision] * n_chains * (n_visible + n_hidden)
    return found


@pytest.mark.parametrize("n_hidden", [1, 31, 32, 33, 130])
@pytest.mark.parametrize("n_visible", [1, 3, 32, 63, 64, 65, 500, 513])
def test_any_number_of_units(engine, machine, n_visible, n_hidden):
    assert_step(machine(n_visible, n_hidden), 19, engine)


@pytest.mark.parametrize("n_chains", [1, 2, 15, 16, 17, 79, 80, 81, 96, 97, 1025, 2100])
def test_any_number_of_chains(engine, machine, n_chains):
    for threads in (1, 3):
        assert_step(machine(40, 33), n_chains, engine, threads=threads)


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
def test_every_precision(engine, machine, precision):
    assert_step(machine(2100, 300), 40, engine, precision)
    assert_step(machine(70, 1500), 40, engine, precision)


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
def test_pinned_units_keep_their_states(engine, machine, precision):
    rng = np.random.default_rng(1)
    n_visible = 300
    for pinned in (
        rng.random(n_visible) < 0.4,
        np.arange(n_visible) < 150,  # whole words of them, as in a chain of windows
        np.arange(n_visible) == 299,
        np.ones(n_visible, bool),
        np.zeros(n_visible, bool),
    ):
        assert_step(machine(n_visible, 90), 50, engine, precision, pinned)


def test_all_alleles_alike(engine, machine):
    for bits in (np.zeros((20, 300), bool), np.ones((20, 300), bool)):
        assert_step(machine(300, 50), 20, engine, start=reference.packed(bits, 8))


@pytest.mark.parametrize("precision", ["int8x2", "float32"])
def test_extreme_weights_and_biases(engine, machine, precision):
    given = machine(200, 60)
    weights, visible_bias, hidden_bias = (part.copy() for part in given)
    hidden_bias[:6] = [1e4, -1e4, 88, -88, 16, -16]
    visible_bias[:3] = [3e38, -3e38, 0]
    weights[:, 6] = 0
    weights[:, 7] *= 1e-20
    weights[:, 8] *= 1e10
    weights[5] = 1e-38
    assert_step(type(given)(weights, visible_bias, hidden_bias), 70, engine, precision)


def test_rare_states_are_as_rare_as_they_should_be(engine):
    # Below 2^-16 the lower half of the uniform numbers alone decides.
    p = np.array([2e-6, 1e-5, 1 - 1e-5, 1 - 2e-6])
    bias = np.log(p / (1 - p)).repeat(100).astype(np.float32)
    weights = np.zeros((1, 400), np.float32)
    n_chains, n_updates = 2_000, 20
    start = gibbs.random_start(n_chains, 1)
    ones = np.zeros(4)
    for update in range(n_updates):
        hidden = gibbs.sample(weights, np.float32([0]), bias, start, 1, update=update, **engine).hidden
        ones += reference.states(hidden, 400).sum(0).reshape(4, 100).sum(1)
    n = n_chains * n_updates * 100
    rare = np.minimum(ones, n - ones)
    expected = n * np.minimum(p, 1 - p)
    assert np.all(np.abs(rare - expected) < 4.5 * np.sqrt(expected))


def test_probabilities_of_hidden_units(engine, machine):
    for precision in gibbs.PRECISIONS:
        for n_visible, n_hidden, rows in ((513, 130, 97), (70, 1500, 5), (1, 1, 1), (65, 33, 0)):
            given = machine(n_visible, n_hidden)
            visible = gibbs.random_start(rows, n_visible)
            arguments = given.weights, given.hidden_bias, visible, precision
            found = gibbs.hidden_probabilities(*arguments, **engine)
            expected = gibbs.hidden_probabilities(*arguments, backend="reference")
            assert (found.dtype, found.shape) == (np.float32, (rows, n_hidden))
            np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[precision])


def test_moments(engine, machine):
    for precision in gibbs.PRECISIONS:
        for n_visible, n_hidden, rows in ((513, 130, 97), (70, 300, 2049), (1, 1, 1), (1500, 33, 31), (20, 20, 32)):
            given = machine(n_visible, n_hidden)
            visible = gibbs.random_start(rows, n_visible, seed=rows)
            arguments = given.weights, given.hidden_bias, visible, precision
            found, expected = gibbs.moments(*arguments, **engine), gibbs.moments(*arguments, backend="reference")
            np.testing.assert_array_equal(found.visible, expected.visible)
            np.testing.assert_allclose(found.hidden, expected.hidden, rtol=0, atol=TOLERANCE[precision])
            assert (found.products.dtype, found.products.shape) == (np.float32, (n_visible, n_hidden))
            # Products are sums in float32 whatever the precision.
            np.testing.assert_allclose(found.products, expected.products, rtol=0, atol=TOLERANCE["float32"])
