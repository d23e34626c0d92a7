"""Torch tensors are answered with torch tensors, on their caller's stream; other arrays as ever."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import pack
from artgen_fast.kernels import (
    answers,
    bit_product,
    dispatch,
    gibbs,
    hamming,
    pair_counts,
    shared_haplotypes,
    surrounding_stretches,
)

torch = pytest.importorskip("torch")

N_SITES, N_HIDDEN = 70, 9
PAIRS = np.array([3, 60, 5]), np.array([9, 2, 5])


@pytest.fixture(scope="module")
def rows():
    return pack(np.random.default_rng(3).integers(0, 2, (40, N_SITES)))


@pytest.fixture(scope="module")
def machine():
    random = np.random.default_rng(4)
    shapes = (N_SITES, N_HIDDEN), N_SITES, N_HIDDEN
    return tuple(random.standard_normal(shape).astype(np.float32) for shape in shapes)


def leaves(answer: Any) -> list[Any]:
    """The arrays of an answer, one after the other."""
    if isinstance(answer, tuple):
        return [leaf for part in answer for leaf in leaves(part)]
    return [answer]


QUESTIONS = {
    "nearest": lambda rows, machine: hamming.nearest(rows, rows, k=2, exclude_self=True),
    "nearest of others": lambda rows, machine: hamming.nearest(rows[:7], targets=rows),
    "within": lambda rows, machine: hamming.within(rows, histogram=True),
    "within, no histogram": lambda rows, machine: hamming.within(haplotypes=rows),
    "cross": lambda rows, machine: hamming.cross(rows[:9], rows, histogram=True),
    "histogram": lambda rows, machine: hamming.histogram(rows),
    "allele counts": lambda rows, machine: pair_counts.allele_counts(rows),
    "joint counts": lambda rows, machine: pair_counts.joint_counts(rows, *PAIRS),
    "r2": lambda rows, machine: pair_counts.r2(rows, *PAIRS),
    "d prime": lambda rows, machine: pair_counts.d_prime(rows, *PAIRS),
    "r2 matrix": lambda rows, machine: pair_counts.r2_matrix(rows),
    "binned r2": lambda rows, machine: pair_counts.binned_r2(rows, [0, 30, 64 * rows.shape[1]]),
    "motifs": lambda rows, machine: pair_counts.motif_counts(rows, 3),
    "chains": lambda rows, machine: gibbs.sample(*machine, rows, 2),
    "hidden units": lambda rows, machine: gibbs.hidden_probabilities(machine[0], machine[2], rows),
    "moments": lambda rows, machine: gibbs.moments(machine[0], machine[2], rows),
    "contrast": lambda rows, machine: gibbs.contrast(*machine, rows, rows[:5], 2),
    "product": lambda rows, machine: bit_product.times(rows, np.ones((64 * rows.shape[1], 2))),
    "transposed product": lambda rows, machine: bit_product.transposed_times(rows, np.ones((len(rows), 2))),
    "longest shared": lambda rows, machine: shared_haplotypes.longest_shared(rows[:9], rows[9:]),
    "longest around": lambda rows, machine: surrounding_stretches.longest_around(
        rows[:9], rows[9:], np.arange(64 * rows.shape[1]) != 20, [20], 2
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_of_the_kind_of_the_arguments(rows, machine, question):
    ask = QUESTIONS[question]
    expected = ask(rows, machine)
    assert not any(isinstance(leaf, torch.Tensor) for leaf in leaves(expected))
    for dtype in (torch.int64, torch.uint64):
        found = ask(torch.from_numpy(rows.view(np.int64)).view(dtype), machine)
        assert type(found) is type(expected) or isinstance(found, torch.Tensor)
        for leaf, expected_leaf in zip(leaves(found), leaves(expected), strict=True):
            if expected_leaf is None:
                assert leaf is None
                continue
            assert isinstance(leaf, torch.Tensor)
            if expected_leaf.dtype == np.uint64:
                assert leaf.dtype == dtype
                leaf, expected_leaf = leaf.view(torch.int64), expected_leaf.view(np.int64)
            assert leaf.dtype == getattr(torch, str(expected_leaf.dtype))
            np.testing.assert_array_equal(leaf.numpy(), expected_leaf)


def test_tensors_of_indices_decide_too_and_a_panel_by_sites_stays_what_it_is(rows):
    turned = pair_counts.site_major(torch.from_numpy(rows))
    assert isinstance(turned.bits, np.ndarray)
    first, second = (torch.from_numpy(sites) for sites in PAIRS)
    found = pair_counts.r2(turned, first, second)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_array_equal(found.numpy(), pair_counts.r2(turned, *PAIRS))
    assert isinstance(pair_counts.r2(turned, *PAIRS), np.ndarray)


def test_subclasses_of_tensors_are_tensors_and_sizes_are_not(rows):
    class Labelled(torch.Tensor):
        """Somebody's own."""

    own = torch.from_numpy(rows.view(np.int64)).as_subclass(Labelled)
    assert isinstance(hamming.nearest(own, rows).distances, torch.Tensor)
    with pytest.raises(InputError, match="got Size"):
        hamming.nearest(torch.Size([1]), rows)


def test_a_machine_of_tensors_answers_arrays_with_arrays(rows, machine):
    tensors = [torch.from_numpy(part) for part in machine]
    assert all(isinstance(leaf, np.ndarray) for leaf in gibbs.sample(*tensors, rows, 1))


def test_the_memory_of_an_answer_is_shared():
    made = np.arange(3, dtype=np.int32)
    answer = answers.in_kind("rows")(lambda rows: made)(torch.zeros(1))
    assert answer.data_ptr() == made.ctypes.data


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda tensor: tensor.untyped_storage().resize_(0), "a tensor that holds its numbers; its memory was freed"),
        (lambda tensor: tensor.untyped_storage().resize_(8), "a tensor that holds its numbers; its memory was freed"),
        (lambda tensor: tensor.to_sparse(), r"a dense tensor; got torch\.sparse_coo\. Use \w+\.to_dense"),
    ],
    ids=["freed", "cut", "sparse"],
)
def test_tensors_without_their_memory_are_refused(rows, machine, spoil, message):
    for ask in (
        lambda bits: hamming.nearest(bits, bits),
        lambda bits: pair_counts.site_major(bits),
        lambda bits: gibbs.sample(*machine, bits, 1),
    ):
        bits = torch.from_numpy(rows.view(np.int64)).clone()
        spoilt = spoil(bits)
        with pytest.raises(InputError, match=f"must be {message}"):
            ask(spoilt if isinstance(spoilt, torch.Tensor) else bits)
    weights = torch.from_numpy(machine[0]).clone()
    spoilt = spoil(weights)
    with pytest.raises(InputError, match=f"weights must be {message}"):
        gibbs.sample(spoilt if isinstance(spoilt, torch.Tensor) else weights, *machine[1:], rows, 1)


def test_indices_without_their_memory_are_refused(rows):
    first, second = (torch.from_numpy(sites).clone() for sites in PAIRS)
    second.untyped_storage().resize_(0)
    with pytest.raises(InputError, match="'second' must be a tensor that holds its numbers; its memory was freed"):
        pair_counts.r2(rows, first, second)
    for dtype in (torch.bfloat16, torch.float32):
        with pytest.raises(InputError, match="'first' must be "):
            pair_counts.r2(rows, first.to(dtype), first)


class DeviceArray:
    """Stands for a CuPy array: known by its type and number format, handed on by DLPack."""

    def __init__(self, numbers: Any) -> None:
        self.numbers, self.dtype = numbers, numbers.dtype

    def view(self, dtype: Any) -> DeviceArray:
        return DeviceArray(self.numbers.view(dtype))

    def __dlpack__(self, **options: Any) -> Any:
        return self.numbers.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.numbers.__dlpack_device__()


class Pair(NamedTuple):
    """An answer of two parts."""

    bits: Any
    number: Any


@pytest.fixture
def on_second_gpu(monkeypatch):
    """A stand-in for a tensor on a second GPU; and what CuPy was told there."""
    told: list[Any] = []

    @contextmanager
    def entered(*what: Any) -> Any:
        told.append(("enter", *what))
        yield
        told.append(("leave", *what))

    class Stream:
        def __init__(self, stream: int) -> None:
            self.within = entered("stream", stream)

        @classmethod
        def from_external(cls, stream: Any) -> Stream:
            version, address = stream.__cuda_stream__()
            assert version == 0
            return cls(address)

        def __enter__(self) -> None:
            self.within.__enter__()

        def __exit__(self, *error: object) -> None:
            self.within.__exit__(*error)

        def synchronize(self) -> None:
            told.append(("wait",))

    cupy = SimpleNamespace(cuda=SimpleNamespace(Device=lambda index: entered("device", index), Stream=Stream))
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: SimpleNamespace(cuda_stream=70 + device.index))
    tensor = SimpleNamespace(device=SimpleNamespace(type="cuda", index=1), dtype=torch.uint64)
    monkeypatch.setattr(answers, "is_tensor", lambda value: value is tensor)
    return tensor, told


def test_on_a_gpu_it_runs_on_the_current_stream_of_torch(on_second_gpu):
    tensor, told = on_second_gpu
    bits, number = np.arange(4, dtype=np.uint64), np.arange(2.0)

    def ask(rows: Any) -> Pair:
        told.append("run")
        return Pair(DeviceArray(bits), DeviceArray(number))

    answer = answers.in_kind("rows")(ask)(tensor)
    within = [("device", 1), ("stream", 71)]
    assert told == [*(("enter", *each) for each in within), "run", *(("leave", *each) for each in within[::-1])]
    assert isinstance(answer, Pair)
    assert (answer.bits.dtype, answer.bits.data_ptr()) == (torch.uint64, bits.ctypes.data)
    assert (answer.number.dtype, answer.number.data_ptr()) == (torch.float64, number.ctypes.data)


def test_what_is_no_array_is_waited_for(on_second_gpu):
    tensor, told = on_second_gpu
    panel = object()
    assert answers.in_kind("rows")(lambda rows: panel)(rows=tensor) is panel
    assert told.index(("wait",)) < told.index(("leave", "stream", 71))


def test_indices_on_a_device_need_a_panel_there(rows):
    class OnDevice:
        __cuda_array_interface__ = {}  # noqa: RUF012

    turned = pair_counts.site_major(rows)
    with pytest.raises(InputError, match=r"'second' must be in host memory, as the panel is; got a device array"):
        pair_counts.r2(turned, [0], OnDevice())


@pytest.fixture(scope="module")
def cuda():
    availability = dispatch.backend_availability("cuda")
    if not availability.usable:
        pytest.skip(availability.reason)
    if not torch.cuda.is_available():
        pytest.skip("this build of torch has no CUDA, or sees no GPU")
    return pytest.importorskip("cupy")


ON_CUDA = [name for name in QUESTIONS if "product" not in name and "longest" not in name]


@pytest.mark.gpu
@pytest.mark.parametrize("question", ON_CUDA)
def test_tensors_on_cuda_are_answered_on_a_stream_of_their_own(cuda, rows, machine, question):
    expected = QUESTIONS[question](rows, machine)
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(50_000_000)  # whoever does not wait for it finds zeros
        bits = torch.zeros(rows.shape, dtype=torch.int64, device="cuda")
        bits.copy_(torch.from_numpy(rows.view(np.int64)).pin_memory(), non_blocking=True)
        parts = [torch.from_numpy(part).cuda() for part in machine]
        found = QUESTIONS[question](bits, parts)
        doubled = [None if leaf is None else leaf.double() * 2 for leaf in leaves(found)]
    stream.synchronize()
    for leaf, twice, expected_leaf in zip(leaves(found), doubled, leaves(expected), strict=True):
        if expected_leaf is None:
            continue
        assert leaf.device.type == "cuda"
        if expected_leaf.dtype == np.uint64:
            expected_leaf = expected_leaf.view(np.int64)
        close = np.testing.assert_allclose if expected_leaf.dtype.kind == "f" else np.testing.assert_array_equal
        close(leaf.cpu().numpy(), expected_leaf)
        np.testing.assert_array_equal(twice.cpu().numpy(), 2 * leaf.cpu().numpy().astype(float))


@pytest.mark.gpu
def test_tensors_on_cuda_are_read_where_they_are(cuda, rows):
    bits = torch.from_numpy(rows.view(np.int64)).cuda()
    turned = pair_counts.site_major(bits)
    assert isinstance(turned.bits, cuda.ndarray)
    first, second = (torch.from_numpy(sites).cuda() for sites in PAIRS)
    expected = pair_counts.r2(pair_counts.site_major(rows), *PAIRS)
    for pairs in ((first, second), tuple(cuda.asarray(sites) for sites in PAIRS), PAIRS):
        found, normalised = pair_counts.r2(turned, *pairs), pair_counts.d_prime(turned, *pairs)
        if pairs[0] is first:
            assert isinstance(found, torch.Tensor)
            found, normalised = found.cpu().numpy(), normalised.cpu().numpy()
        np.testing.assert_allclose(cuda.asnumpy(found), expected)
        np.testing.assert_allclose(cuda.asnumpy(normalised), pair_counts.d_prime(rows, *PAIRS))
    with pytest.raises(InputError, match="'second' must be site indices from 0 to"):
        pair_counts.r2(turned, first, second + 1000)
