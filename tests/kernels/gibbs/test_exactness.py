"""The same chains, bit for bit, on every engine and any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.kernels import gibbs


def assert_same(found, expected):
    for part, expected_part in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part, expected_part)


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_chains(engine, machine, precision, threads):
    # Long enough for one differing bit to change everything.
    given = machine(777, 203)
    pinned = np.arange(777) % 5 == 0
    arguments = (*given, gibbs.random_start(150, 777), 12, pinned, 99, precision)
    found = gibbs.sample(*arguments, threads=threads, **engine)
    assert_same(found, gibbs.sample(*arguments, backend="numba", threads=1))


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_probabilities_and_moments(engine, machine, precision, threads):
    given = machine(777, 203)
    visible = gibbs.random_start(1111, 777)
    for function in (gibbs.hidden_probabilities, gibbs.moments):
        arguments = (given.weights, given.hidden_bias, visible, precision)
        found = function(*arguments, threads=threads, **engine)
        expected = function(*arguments, backend="numba", threads=1)
        if function is gibbs.moments:
            # The means of hidden units are sums in another order.
            np.testing.assert_allclose(found.hidden, expected.hidden, rtol=1e-12)
            found, expected = (found.visible, found.products), (expected.visible, expected.products)
        assert_same(found, expected)


def test_batches_of_chains_are_parts_of_one_run(engine, machine):
    given = machine(130, 40)
    start = gibbs.random_start(100, 130, seed=1)
    whole = gibbs.sample(*given, start, 3, seed=5, **engine)
    for first in range(0, 100, 30):
        part = gibbs.sample(*given, start[first : first + 30], 3, seed=5, first_chain=first, **engine)
        assert_same(part, [states[first : first + 30] for states in whole])


def test_seed_update_and_steps_make_other_chains(engine, machine):
    given, start = machine(130, 40), gibbs.random_start(30, 130)
    runs = [
        gibbs.sample(*given, start, steps, seed=seed, update=update, first_chain=chain, **engine).visible
        for steps, seed, update, chain in (
            (2, 0, 0, 0), (3, 0, 0, 0), (2, 1, 0, 0), (2, 2**32, 0, 0), (2, 0, 1, 0), (2, 0, 0, 30)
        )
    ]  # fmt: skip
    for place, run in enumerate(runs):
        for other in runs[:place]:
            assert not np.array_equal(run, other)


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
def test_no_chains(engine, machine, precision):
    given, nobody = machine(70, 5), gibbs.random_start(0, 70)
    for backend in (engine, {"backend": "reference"}):
        found = gibbs.sample(*given, nobody, 2, precision=precision, **backend)
        assert (found.visible.shape, found.hidden.shape) == ((0, 8), (0, 8))
        p = gibbs.hidden_probabilities(given.weights, given.hidden_bias, nobody, precision, **backend)
        assert p.shape == (0, 5)


@pytest.mark.real_data
def test_real_haplotypes(engine, machine, real_data):
    from artgen_fast import io

    panel = io.read(real_data / "panels" / "kg1000_chr1_d1s1656_rephased.npz")[:300, :5000]
    arguments = (*machine(5000, 64), panel, 2)
    assert_same(gibbs.sample(*arguments, **engine), gibbs.sample(*arguments, backend="numba"))
