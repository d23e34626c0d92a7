"""Hidden units that are connected to some visible units only, and what the compiled backend then leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.kernels import dispatch, gibbs
from artgen_fast.kernels.gibbs.reference import outside

N_VISIBLE, N_HIDDEN = 777, 203


def assert_same(found, expected):
    for part, expected_part in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part, expected_part)


def ragged_fields(n_visible, n_hidden):
    """Fields in order, some of them empty or of one unit; in the third block of 32 hidden units one is whole."""
    begin = np.linspace(-60, n_visible - 20, n_hidden).astype(np.int64)
    fields = np.clip(np.stack([begin, begin + 80], axis=1), 0, n_visible)
    fields[3::17, 1] = fields[3::17, 0]
    fields[70] = 0, n_visible
    fields[7::13, 1] = fields[7::13, 0] + 1
    return fields


@pytest.fixture(scope="module")
def local(machine):
    """A machine of 777 × 203 units, and its fields."""
    given, fields = machine(N_VISIBLE, N_HIDDEN), ragged_fields(N_VISIBLE, N_HIDDEN)
    weights = 4 * given.weights
    weights[outside(fields, N_VISIBLE)] = 0
    return given._replace(weights=weights), fields


@pytest.mark.parametrize("precision", ["int8x2", "float32"])
@pytest.mark.parametrize("connected", [(0, 1), (31, 33), (32, 64), (33, 34), (63, 65), (95, 129), (128, 129), (64, 64)])
def test_every_end_of_a_run_of_weights(engine, machine, connected, precision):
    # All other weights are 0: of a run of visible units, then of a run of hidden units.
    given = machine(129, 129)
    for side in range(2):
        weights = np.zeros_like(given.weights)
        run = (slice(*connected), slice(None))[:: 1 - 2 * side]
        weights[run] = 5 * given.weights[run]
        arguments = (weights, *given[1:], gibbs.random_start(33, 129), 1, None, 0, precision)
        # Numba leaves nothing out.
        assert_same(gibbs.sample(*arguments, **engine), gibbs.sample(*arguments, backend="numba"))


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
def test_chains_are_the_same_everywhere(engine, local, precision):
    arguments = (*local[0], gibbs.random_start(150, N_VISIBLE), 12, np.arange(N_VISIBLE) % 5 == 0, 99, precision)
    found = gibbs.sample(*arguments, threads=3, **engine)
    assert_same(found, gibbs.sample(*arguments, backend="numba", threads=1))


@pytest.mark.parametrize("rows", [1, 33, 1111])
@pytest.mark.parametrize("threads", [1, 3])
def test_moments_outside_of_fields_are_0_and_the_same_inside(engine, machine, rows, threads):
    # The weights are not local: what is left out is what is asked, not what is 0.
    given, fields = machine(N_VISIBLE, N_HIDDEN), ragged_fields(N_VISIBLE, N_HIDDEN)
    visible = gibbs.random_start(rows, N_VISIBLE, seed=2)
    arguments = (given.weights, given.hidden_bias, visible)
    found = gibbs.moments(*arguments, receptive_fields=fields, threads=threads, **engine)
    expected = gibbs.moments(*arguments, threads=threads, **engine)
    np.testing.assert_array_equal(found.visible, expected.visible)
    np.testing.assert_array_equal(found.hidden, expected.hidden)
    products = np.where(outside(fields, N_VISIBLE), 0, expected.products)
    np.testing.assert_array_equal(found.products, products)
    assert np.count_nonzero(products) > 10_000 or rows == 1


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
@pytest.mark.parametrize("with_fields", [False, True])
def test_a_contrast_is_a_sample_and_two_moments(engine, local, precision, with_fields):
    given, fields = local
    given = (*given,)
    fields = fields if with_fields else None
    data, start = gibbs.random_start(70, N_VISIBLE, seed=1), gibbs.random_start(50, N_VISIBLE, seed=2)
    pinned = np.arange(N_VISIBLE) < 100
    found = gibbs.contrast(
        *given, data, start, 3, pinned, 7, precision, threads=2, update=5, receptive_fields=fields, **engine
    )
    states = gibbs.sample(*given, start, 3, pinned, 7, precision, threads=2, update=5, **engine)
    assert_same(found.states, states)
    for moments, rows in ((found.data, data), (found.chains, states.visible)):
        options = {"threads": 2, "receptive_fields": fields, **engine}
        assert_same(moments, gibbs.moments(given[0], given[2], rows, precision, **options))


def test_a_contrast_agrees_with_the_reference(engine, local):
    # Tolerances: what rounding leaves of a sigmoid, and of sums of up to 777 numbers in float32.
    given, fields = local
    data, start = gibbs.random_start(40, N_VISIBLE, seed=1), gibbs.random_start(30, N_VISIBLE, seed=2)
    found = gibbs.contrast(*given, data, start, 1, receptive_fields=fields, **engine)
    expected = gibbs.moments(given.weights, given.hidden_bias, data, backend="reference", receptive_fields=fields)
    np.testing.assert_allclose(found.data.hidden, expected.hidden, rtol=0, atol=5e-7)
    np.testing.assert_allclose(found.data.products, expected.products, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (np.zeros((9, 2)), r"receptive_fields must be whole numbers of shape \(9, 2\).*got float64"),
        (np.zeros((8, 2), int), r"shape \(9, 2\), two a hidden unit; got int64 of shape \(8, 2\)"),
        ([[0, 71]] * 9, "within 0 and 70 visible units"),
        ([[-1, 5]] * 9, "within 0 and 70 visible units"),
        ([[6, 5]] * 9, "begin and end, in this order"),
    ],
)
def test_wrong_fields_are_refused(machine, fields, message):
    given, start = machine(70, 9), gibbs.random_start(5, 70)
    with pytest.raises(InputError, match=message):
        gibbs.moments(given.weights, given.hidden_bias, start, receptive_fields=fields)
    with pytest.raises(InputError, match=message):
        gibbs.contrast(*given, start, start, 1, receptive_fields=fields)


def test_a_contrast_needs_rows_and_chains(machine):
    given, start = machine(70, 9), gibbs.random_start(5, 70)
    for data, chains in ((start[:0], start), (start, start[:0])):
        with pytest.raises(InputError, match=f"got {len(data)} rows of data and {len(chains)} chains"):
            gibbs.contrast(*given, data, chains, 1)


def test_the_compiled_backend_lays_weights_out_once():
    if dispatch.compiled_module() is None:
        pytest.skip("there is no compiled module")
    from artgen_fast.kernels.gibbs import compiled

    assert callable(compiled.contrast)  # else its answers would be made of three calls
