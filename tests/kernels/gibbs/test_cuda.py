"""The CUDA backend: its device code compiles, and does the right thing when a CPU stands in for the GPU.

Tiles are multiplied there by a loop over the fragments as the PTX ISA lays them out. On a machine with a GPU and CuPy
the tests of `test_exactness` run it for real.
"""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.kernels import dispatch, gibbs
from artgen_fast.kernels.gibbs import reference
from artgen_fast.kernels.gibbs.parameters import checked_parameters

KERNELS = [
    "split",
    "sample_fixed_point",
    "sample_floats",
    "probabilities_fixed_point",
    "probabilities_floats",
    "mean_products",
    "mean_probabilities",
    "mean_states",
    "transpose",
]


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_nvcc_compiles_it_without_a_warning(compiled_by_nvcc, architecture):
    said = compiled_by_nvcc(architecture)
    assert all(f"'gibbs_{name}'" in said for name in KERNELS)
    assert said.count("0 bytes stack frame, 0 bytes spill stores") == len(KERNELS)  # their sums stay in registers


@pytest.fixture
def cuda(cuda_on_the_host):
    return cuda_on_the_host(1)


def assert_same(found, expected):
    assert len(found) == len(expected)
    for part, expected_part in zip(found, expected, strict=True):
        assert (part.dtype, part.shape) == (expected_part.dtype, expected_part.shape)
        np.testing.assert_array_equal(part, expected_part)


@pytest.mark.parametrize("inputs", [1, 4, 130, 511, 513, 1030])
def test_weights_become_the_fixed_point_numbers_of_the_reference(cuda, inputs):
    rows = np.random.default_rng(inputs).standard_normal((7, inputs)).astype(np.float32)
    rows[1] = 0
    rows[2] *= 1e-33  # too small to count
    rows[3] *= 1e30
    rows[4] = np.where(np.arange(inputs) % 4 < 2, 1, -1)  # sums of four are largest, and even
    rows[5, inputs // 2] = 100
    rows[6] = np.abs(rows[6])
    layer = cuda._Layer(rows, np.zeros(7, np.float32), fixed_point=True)
    whole, scale = reference.fixed_point(rows)
    high, low = layer.weights.astype(np.int32)
    np.testing.assert_array_equal((256 * high + low)[:7, :inputs], whole)
    np.testing.assert_array_equal(layer.scale[:7], scale)
    assert not layer.weights[:, 7:].any()
    assert not layer.weights[:, :, inputs:].any()


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
@pytest.mark.parametrize(
    ("n_visible", "n_hidden", "chains"), [(1, 1, 1), (70, 33, 5), (300, 65, 131), (530, 64, 20), (64, 513, 3)]
)
def test_chains_equal_those_of_the_cpu(cuda, machine, precision, n_visible, n_hidden, chains):
    given, start = machine(n_visible, n_hidden), gibbs.random_start(chains, n_visible, seed=4)
    before = start.copy()
    pinned = np.arange(n_visible) % 5 == 0
    pinned[64:128] = True  # a whole word
    for mask in (None, pinned):
        options = {"seed": 2**40 + 17, "update": 5, "first_chain": 1000}
        expected = gibbs.sample(*given, start, 3, mask, precision=precision, **options)
        bits = gibbs._pinned_bits(mask, n_visible, start.shape[1])
        parameters = checked_parameters(*given, precision)
        assert_same(cuda.sample(parameters, start, 3, bits, *options.values()), expected)
    np.testing.assert_array_equal(start, before)  # the input is never written to


def test_the_lower_halves_of_uniform_numbers_decide(cuda):
    # Where the upper half of a number is that of the probability: once in 65,536 units, about 24 times here.
    rng = np.random.default_rng(0)
    given = np.zeros((1280, 1), np.float32), rng.standard_normal(1280).astype(np.float32), np.float32([0])
    start = gibbs.random_start(1280, 1280)
    expected = gibbs.sample(*given, start, 1, precision="float32")
    assert_same(cuda.sample(checked_parameters(*given, "float32"), start, 1, None, 0, 0, 0), expected)


@pytest.mark.parametrize("precision", gibbs.PRECISIONS)
@pytest.mark.parametrize(("n_visible", "n_hidden", "rows"), [(1, 1, 1), (70, 33, 5), (300, 65, 131), (65, 3, 600)])
def test_probabilities_and_moments_equal_those_of_the_cpu(cuda, machine, precision, n_visible, n_hidden, rows):
    weights, _, bias = machine(n_visible, n_hidden)
    visible = gibbs.random_start(rows, n_visible, seed=4)
    parameters = checked_parameters(weights, None, bias, precision)
    expected = gibbs.hidden_probabilities(weights, bias, visible, precision)
    assert_same([cuda.hidden_probabilities(parameters, visible)], [expected])
    found, expected = cuda.moments(parameters, visible), gibbs.moments(weights, bias, visible, precision)
    np.testing.assert_allclose(found[1], expected.hidden, rtol=1e-12)  # sums in another order, where Numba has them
    assert_same((found[0], found[2]), (expected.visible, expected.products))


def test_more_blocks_than_a_launch_may_have(cuda, machine, monkeypatch):
    # As if one block in y were the most: it goes through several groups of chains, and words of rows.
    monkeypatch.setattr(cuda, "MOST_SHARES", 1)
    given, start = machine(70, 9), gibbs.random_start(300, 70)
    for precision in ("int8x2", "float32"):
        parameters = checked_parameters(*given, precision)
        assert_same(
            cuda.sample(parameters, start, 1, None, 0, 0, 0), gibbs.sample(*given, start, 1, precision=precision)
        )
        expected = gibbs.moments(given.weights, given.hidden_bias, start, precision)
        assert_same(cuda.moments(parameters, start)[::2], (expected.visible, expected.products))


def test_nothing_is_launched_for_nothing(cuda, machine):
    parameters = checked_parameters(*machine(70, 9), None)
    none = gibbs.random_start(0, 70)
    assert [part.shape for part in cuda.sample(parameters, none, 2, None, 0, 0, 0)] == [(0, 8), (0, 8)]
    assert cuda.hidden_probabilities(parameters, none).shape == (0, 9)


def test_a_gpu_without_such_matrix_units_is_refused(cuda, machine, monkeypatch):
    turing = SimpleNamespace(attributes={"ComputeCapabilityMajor": 7})
    monkeypatch.setattr(cuda.cupy.cuda, "Device", lambda: turing)
    with pytest.raises(BackendUnavailableError, match=r"compute capability 8\.0 or later; this one has 7\.x"):
        cuda.hidden_probabilities(checked_parameters(*machine(70, 9), None), gibbs.random_start(3, 70))


def test_the_device_code_is_found(cuda, device_code):
    assert cuda.source_path().read_text("utf-8") == device_code.read_text("utf-8")


class OnDevice:
    """An array that NumPy does not know as its own, as CuPy's are."""

    def __init__(self, array):
        self.array = array

    def __getattr__(self, name):
        return getattr(self.array, name)

    def __len__(self):
        return len(self.array)

    def __getitem__(self, key):
        return OnDevice(self.array[key])

    def __rshift__(self, places):
        return OnDevice(self.array >> places)

    def __array_function__(self, function, types, arguments, options):
        def on_host(argument):
            return argument.array if isinstance(argument, OnDevice) else argument

        result = function(*map(on_host, arguments), **options)
        return OnDevice(result) if isinstance(result, np.ndarray) else result

    @property
    def __cuda_array_interface__(self):
        return {}


@pytest.fixture
def a_gpu(monkeypatch):
    """As if there were a GPU; the backend says what it was given."""
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(asarray=lambda array: array))
    monkeypatch.setattr(dispatch, "backend_availability", lambda name: dispatch.Availability(name))
    calls = []

    def call(name, answer):
        return lambda *arguments: calls.append((name, *arguments)) or answer

    fake = SimpleNamespace(
        sample=call("sample", (None, None)),
        hidden_probabilities=call("hidden_probabilities", None),
        moments=call("moments", (None, None, None)),
    )
    real = importlib.import_module
    monkeypatch.setattr(importlib, "import_module", lambda name: fake if name.endswith("gibbs.cuda") else real(name))
    return calls


def test_device_arrays_go_to_the_gpu_as_they_are(a_gpu, machine):
    weights, visible_bias, hidden_bias = map(OnDevice, machine(70, 9))
    start = OnDevice(gibbs.random_start(3, 70))
    gibbs.sample(weights, visible_bias, hidden_bias, start, 2, precision="float32")
    gibbs.hidden_probabilities(weights, hidden_bias, start)
    gibbs.moments(weights, hidden_bias, start)
    assert [call[0] for call in a_gpu] == ["sample", "hidden_probabilities", "moments"]
    for _, parameters, states, *_ in a_gpu:
        assert (parameters.weights, parameters.hidden_bias, states) == (weights, hidden_bias, start)
    for _, parameters, *_ in a_gpu[1:]:
        assert isinstance(parameters.visible_bias, OnDevice)  # zeros, where the weights are
    with pytest.raises(InputError, match="'numba' needs arrays in host memory; got device arrays"):
        gibbs.sample(weights, visible_bias, hidden_bias, start, 2, backend="numba")


def test_device_arrays_are_checked(a_gpu, machine):
    weights, visible_bias, hidden_bias = machine(70, 9)
    start = gibbs.random_start(3, 70)
    start[1, 2] = 1
    wrong = np.full(9, np.nan, np.float32)
    for bias, states, message in (
        (wrong, start, "hidden_bias must be finite"),
        (wrong.astype(np.float64), start, "hidden_bias must be float32 of shape .* got float64"),
        (hidden_bias, start, "start must have no bits beyond its 70 visible units"),
    ):
        with pytest.raises(InputError, match=message):
            gibbs.sample(*map(OnDevice, (weights, visible_bias, bias, states)), 1)
    assert a_gpu == []


@pytest.mark.parametrize("moved", range(4))
def test_some_on_a_device_and_some_not_is_refused(a_gpu, machine, moved):
    given = [*machine(70, 9), gibbs.random_start(3, 70)]
    given[moved] = OnDevice(given[moved])
    name = ("weights", "visible_bias", "hidden_bias", "start")[moved]
    with pytest.raises(InputError, match=f"must be in the same memory; got .* on the host and {name} on a device"):
        gibbs.sample(*given, 1)
    assert a_gpu == []


def test_a_mask_on_a_device_is_refused(a_gpu, machine):
    given = [*machine(70, 9), gibbs.random_start(3, 70)]
    with pytest.raises(InputError, match="pinned must be in host memory"):
        gibbs.sample(*given, 1, OnDevice(np.zeros(70, bool)))
