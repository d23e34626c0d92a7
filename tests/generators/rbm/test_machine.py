import math

import pytest
import torch

from artgen_fast.generators.rbm.machine import FREQUENCY_CLIP, GibbsChains, Machine


@pytest.fixture
def machine() -> Machine:
    random = torch.Generator().manual_seed(0)
    return Machine(*(torch.randn(shape, generator=random, dtype=torch.float64) for shape in ((3, 2), (3,), (2,))))


def energy(machine: Machine, visible: torch.Tensor, hidden: torch.Tensor) -> float:
    return float(-visible @ machine.weights @ hidden - machine.visible_bias @ visible - machine.hidden_bias @ hidden)


def states(n: int) -> list[torch.Tensor]:
    return [torch.tensor([code >> bit & 1 for bit in range(n)], dtype=torch.float64) for code in range(2**n)]


def test_conditionals_are_those_of_the_energy(machine: Machine) -> None:
    for visible in states(3):
        weights = {tuple(h.tolist()): math.exp(-energy(machine, visible, h)) for h in states(2)}
        for unit in range(2):
            expected = sum(w for h, w in weights.items() if h[unit]) / sum(weights.values())
            assert float(machine.hidden_probabilities(visible[None])[0, unit]) == pytest.approx(expected, rel=1e-12)
    for hidden in states(2):
        weights = {tuple(v.tolist()): math.exp(-energy(machine, v, hidden)) for v in states(3)}
        for unit in range(3):
            expected = sum(w for v, w in weights.items() if v[unit]) / sum(weights.values())
            assert float(machine.visible_probabilities(hidden[None])[0, unit]) == pytest.approx(expected, rel=1e-12)


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


def test_a_parameter_that_is_no_number_is_noticed(machine: Machine) -> None:
    assert machine.is_finite()
    machine.hidden_bias[1] = float("nan")
    assert not machine.is_finite()


def test_chains_start_from_a_fair_coin_whatever_the_machine() -> None:
    # Biases that would hold every unit at 1, no step: only the start is seen.
    machine = Machine(torch.zeros((50, 3)), torch.full((50,), 50.0), torch.zeros(3))
    chains = GibbsChains(machine, 400)
    start = chains.run(0, torch.Generator().manual_seed(3)).clone()
    assert set(start.unique().tolist()) == {0.0, 1.0}
    # 20,000 fair coins: a standard deviation of the mean is 0.0035.
    assert float(start.mean()) == pytest.approx(0.5, abs=0.0175)
    assert bool((chains.run(1, torch.Generator().manual_seed(3)) == 1).all())


def test_every_run_starts_anew_and_follows_its_seed(machine: Machine) -> None:
    chains = GibbsChains(machine, 30)
    first = chains.run(4, torch.Generator().manual_seed(1)).clone()
    chains.run(2, torch.Generator().manual_seed(9))
    assert torch.equal(chains.run(4, torch.Generator().manual_seed(1)), first)
