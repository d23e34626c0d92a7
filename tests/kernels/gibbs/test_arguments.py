"""What the public functions accept, and what they refuse with which message."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import dispatch, gibbs

N_VISIBLE, N_HIDDEN = 70, 9


@pytest.fixture(scope="module")
def given(machine):
    return machine(N_VISIBLE, N_HIDDEN)


@pytest.fixture(scope="module")
def start():
    return gibbs.random_start(20, N_VISIBLE, seed=1)


def test_tensors_panels_and_read_only_arrays_give_the_same_answer(engine, given, start):
    torch = pytest.importorskip("torch")
    expected = gibbs.sample(*given, start, 2, **engine)
    read_only = [part.copy() for part in given]
    for part in read_only:
        part.flags.writeable = False
    panel = Haplotypes.from_alleles(np.unpackbits(start.view(np.uint8), axis=1, count=N_VISIBLE, bitorder="little"))
    frozen = start.copy()
    frozen.flags.writeable = False
    before = start.copy()
    for machine, states in (
        (read_only, frozen),
        ([torch.from_numpy(part.copy()) for part in given], torch.from_numpy(start.view(np.int64).copy())),
        ([torch.from_numpy(part.copy()).requires_grad_() for part in given], panel),
    ):
        found = gibbs.sample(*machine, states, 2, **engine)
        for part, expected_part in zip(found, expected, strict=True):
            np.testing.assert_array_equal(np.asarray(part).view(np.uint64), expected_part)
    np.testing.assert_array_equal(start, before)  # the input is never written to


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, np.zeros((N_VISIBLE, N_HIDDEN)), r"weights must be float32 of shape \(visible, hidden\); got float64"),
        (0, np.zeros(N_VISIBLE, np.float32), r"weights must have shape \(visible, hidden\); got shape \(70,\)"),
        (0, [[0.0]], r"weights must be float32 .* got list\. Use numpy\.asarray\(weights, dtype='float32'\)"),
        (0, np.zeros((0, N_HIDDEN), np.float32), "at least one visible and one hidden unit"),
        (0, np.zeros((N_HIDDEN, N_VISIBLE), np.float32).T, "weights must be C-contiguous"),
        (1, np.zeros(N_VISIBLE - 1, np.float32), r"visible_bias must have shape \(70,\)"),
        (2, np.zeros(N_HIDDEN + 1, np.float32), r"hidden_bias must have shape \(9,\)"),
        (
            2,
            np.zeros((N_HIDDEN, 1), np.float32),
            r"^hidden_bias must have shape \(hidden,\); got shape \(9, 1\)\. Use hidden_bias\.reshape\(-1\)",
        ),
    ],
)
def test_wrong_parameters_are_refused(given, start, place, value, message):
    parts = list(given)
    parts[place] = value
    with pytest.raises(InputError, match=message):
        gibbs.sample(*parts, start, 1)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_masked_parameters_are_refused(given, start, place):
    parts = list(given)
    parts[place] = np.ma.array(parts[place])
    with pytest.raises(InputError, match=r"(weights|visible_bias|hidden_bias) must have no missing values; got a mask"):
        gibbs.sample(*parts, start, 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_parameters_that_are_not_finite_are_refused(given, start, place, value):
    parts = [part.copy() for part in given]
    parts[place].ravel()[5] = value
    with pytest.raises(InputError, match=r"must be finite; some are not\. If they were trained, the training diverged"):
        gibbs.sample(*parts, start, 1)


def test_the_advice_on_a_tensor_is_a_tensors(given, start):
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match=r"got torch\.float64 of shape \(70, 9\)\. Use weights\.float\(\)"):
        gibbs.sample(torch.zeros((N_VISIBLE, N_HIDDEN), dtype=torch.float64), *given[1:], start, 1)


def test_weights_whose_sums_might_not_be_finite_are_refused(given, start):
    parts = [part.copy() for part in given]
    parts[0][3, 2] = -2e30
    with pytest.raises(InputError, match=r"weights must be at most 1e\+30 in size; got -2e\+30 … "):
        gibbs.sample(*parts, start, 1)


def test_wrong_states_are_refused(given, start):
    for states, message in (
        (start[:, :4].copy(), r"8 words a row; got 70 sites and 4 words\. Pad the rows with zeros to so many words"),
        (start[:, :2].copy(), r"8 words a row; got 70 sites and 2 words\. Pad the rows with zeros to so many words"),
        (start[:, :1].copy(), r"got 70 sites and 1 words\. Take the sites that the machine was trained on"),
        (gibbs.random_start(3, 600), "8 words a row; got 70 sites and 16 words"),
        (Haplotypes.from_alleles(np.zeros((2, 69), int)), "70 visible units.* got 69 sites"),
        (start.astype(np.int32), "must be bit-packed haplotypes"),
        (start | np.uint64(2**63), None),
    ):
        if message is None:
            states[:, 1] |= np.uint64(1 << 20)
            message = "must have no bits beyond its 70 visible units"
        with pytest.raises(InputError, match=message):
            gibbs.sample(*given, states, 1)
        with pytest.raises(InputError, match=message):
            gibbs.moments(given.weights, given.hidden_bias, states)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "steps must be a whole number from 1"),
        ({"steps": 2.0}, "steps must be a whole number"),
        ({"seed": -1}, r"seed must be a whole number from 0 to 2\^64 - 1; got -1"),
        ({"seed": 2**64}, r"seed must be a whole number from 0 to 2\^64 - 1; got 18446744073709551616"),
        ({"pinned": np.ma.zeros(N_VISIBLE, bool)}, "pinned must have no missing values; got a masked array"),
        ({"update": 2**32}, "update must be a whole number from 0 to 4294967295"),
        ({"first_chain": 2**32 - 10}, "first_chain must be a whole number from 0 to"),
        ({"pinned": np.zeros(N_VISIBLE, int)}, r"pinned must be bool of shape \(70,\)"),
        ({"pinned": np.zeros(N_VISIBLE - 1, bool)}, r"pinned must be bool of shape \(70,\)"),
        ({"precision": "float16"}, "precision must be one of int8x2, float32, bf16; got 'float16'"),
        ({"threads": 0}, "threads must be a whole number from 1"),
        ({"backend": "fast"}, "backend must be one of"),
        ({"instruction_set": "mmx", "backend": "compiled"}, "instruction_set must be one of"),
    ],
)
def test_wrong_options_are_refused(given, start, arguments, message):
    if "instruction_set" in arguments and dispatch.compiled_module() is None:
        pytest.skip("there is no compiled module")
    with pytest.raises(InputError, match=message):
        gibbs.sample(*given, start, **{"steps": 1, **arguments})


def test_moments_need_a_row(given):
    with pytest.raises(InputError, match="moments are means over rows; got no row"):
        gibbs.moments(given.weights, given.hidden_bias, gibbs.random_start(0, N_VISIBLE))


def test_layers_too_large_for_fixed_point_are_refused():
    weights = np.zeros(((1 << 18) + 1, 1), np.float32)
    start = gibbs.random_start(1, len(weights))
    with pytest.raises(InputError, match="at most 262,144 units a layer"):
        gibbs.hidden_probabilities(weights, np.float32([0]), start)
    assert gibbs.hidden_probabilities(weights, np.float32([0]), start, precision="float32").tolist() == [[0.5]]


def test_an_unusable_backend_is_refused_with_the_reason(given, start, forgetful_dispatch, monkeypatch):
    monkeypatch.setenv(dispatch.DISABLE_COMPILED, "1")
    with pytest.raises(BackendUnavailableError, match="disabled by"):
        gibbs.sample(*given, start, 1, backend="compiled")
    assert gibbs.sample(*given, start, 1).visible.shape == start.shape  # Numba, unasked


def test_bf16_rounds_to_eight_significant_bits():
    values = np.float32([1, 1 + 2**-8, 1 + 3 * 2**-8, -(1 + 2**-7 + 2**-9), 3e-39])
    weights = np.zeros((5, 5), np.float32)
    np.fill_diagonal(weights, values)
    start = gibbs.random_start(5, 5)
    start[:, 0] = 1 << np.arange(5)
    p = gibbs.hidden_probabilities(weights, np.zeros(5, np.float32), start, "bf16", backend="reference")
    rounded = np.float64([1, 1, 1 + 2**-6, -(1 + 2**-7), 0])
    np.testing.assert_allclose(np.diag(p), 1 / (1 + np.exp(-rounded)), rtol=1e-6)
