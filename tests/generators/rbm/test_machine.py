import math

import numpy as np
import pytest
import torch

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import tensor_file
from artgen_fast.generators.rbm.machine import FREQUENCY_CLIP, Machine
from artgen_fast.haplotypes import pack
from artgen_fast.kernels import gibbs


@pytest.fixture
def machine() -> Machine:
    random = torch.Generator().manual_seed(0)
    return Machine(*(torch.randn(shape, generator=random) for shape in ((3, 2), (3,), (2,))))


def energy(machine: Machine, visible: torch.Tensor, hidden: torch.Tensor) -> float:
    return float(-visible @ machine.weights @ hidden - machine.visible_bias @ visible - machine.hidden_bias @ hidden)


def states(n: int) -> list[torch.Tensor]:
    return [torch.tensor([code >> bit & 1 for bit in range(n)], dtype=torch.float32) for code in range(2**n)]


def test_conditionals_of_the_kernel_are_those_of_the_energy(machine: Machine) -> None:
    def hidden_probabilities(visible: torch.Tensor, reverse: bool = False) -> np.ndarray:
        weights = machine.weights.T.contiguous() if reverse else machine.weights
        bias = machine.visible_bias if reverse else machine.hidden_bias
        return gibbs.hidden_probabilities(weights, bias, pack(visible[None].int().numpy()))[0]

    for visible in states(3):
        weights = {tuple(h.tolist()): math.exp(-energy(machine, visible, h)) for h in states(2)}
        for unit, found in enumerate(hidden_probabilities(visible)):
            expected = sum(w for h, w in weights.items() if h[unit]) / sum(weights.values())
            assert found == pytest.approx(expected, abs=2e-5)
    for hidden in states(2):
        weights = {tuple(v.tolist()): math.exp(-energy(machine, v, hidden)) for v in states(3)}
        for unit, found in enumerate(hidden_probabilities(hidden, reverse=True)):
            expected = sum(w for v, w in weights.items() if v[unit]) / sum(weights.values())
            assert found == pytest.approx(expected, abs=2e-5)


def test_the_initial_machine_has_the_allele_frequencies_and_next_to_no_weights() -> None:
    frequencies = torch.tensor([0.0, 0.2, 0.5, 1.0], dtype=torch.float64)
    initial = Machine.initial(frequencies, 2_000, torch.Generator().manual_seed(1))
    assert (initial.n_visible, initial.n_hidden) == (4, 2_000)
    expected = frequencies.clamp(FREQUENCY_CLIP, 1 - FREQUENCY_CLIP)
    assert torch.allclose(torch.sigmoid(initial.visible_bias), expected)
    assert float(initial.weights.std()) == pytest.approx(1e-4, rel=0.05)
    assert not initial.hidden_bias.any()


def test_a_copy_does_not_change_with_its_original(machine: Machine) -> None:
    copy = machine.copy()
    machine.weights.add_(1)
    assert not torch.equal(copy.weights, machine.weights)


def test_a_parameter_that_is_no_number_is_noticed(machine: Machine, tmp_path: object) -> None:
    assert machine.is_finite()
    machine.hidden_bias[1] = float("nan")
    assert not machine.is_finite()
    tensor_file.write(f"{tmp_path}/m.safetensors", {}, machine.tensors())
    with pytest.raises(FileFormatError, match="must be a finite number"):
        Machine.read(tensor_file.read(f"{tmp_path}/m.safetensors"), 3, 2)


def test_weights_that_memory_cannot_hold_are_refused() -> None:
    with pytest.raises(InputError, match=r"3 sites × 100000000000000 hidden units take 1,200,000 GB, .* Use fewer"):
        Machine.initial(torch.tensor([0.2, 0.3, 0.4]), 10**14, torch.Generator())
