import dataclasses

import numpy as np
import pytest
import torch

from artgen_fast.generators.rbm.gradient import Means, centred_gradient
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import Pinned, Updater, generate, precision_for
from artgen_fast.haplotypes import Haplotypes, pack, unpack
from artgen_fast.kernels import gibbs

SMALL = Settings(hidden=8, gibbs_steps=3, minibatch=40, learning_rate=0.3)
N_PINNED = 5


@pytest.fixture
def machine(panel: Haplotypes) -> Machine:
    """Weights that matter, so that the last hidden states of chains differ from those given the step before."""
    random = torch.Generator().manual_seed(3)
    return Machine(*(torch.randn(shape, generator=random) for shape in ((panel.n_sites, 8), (panel.n_sites,), (8,))))


@pytest.mark.parametrize("l2", [0.0, 0.5])
@pytest.mark.parametrize("n_pinned", [0, N_PINNED])
def test_an_update_is_one_step_along_the_gradient_of_the_final_chains(
    panel: Haplotypes, machine: Machine, n_pinned: int, l2: float
) -> None:
    before = machine.copy()
    pinned = Pinned.first(n_pinned, panel.n_sites)
    updater = Updater(panel.packed, dataclasses.replace(SMALL, l2=l2), 9, pinned)
    updater.update(machine, 4)
    data = updater.minibatch(4)
    chains = updater.contrast(before, data, 4).states.visible
    of_data, of_chains = (
        Means.of(gibbs.moments(before.weights, before.hidden_bias, rows), before.weights) for rows in (data, chains)
    )
    units = None if pinned is None else torch.from_numpy(pinned.units)
    gradient = centred_gradient(of_data, of_chains, units, l2 * before.weights)
    for name in ("weights", "visible_bias", "hidden_bias"):
        step = getattr(machine, name) - getattr(before, name)
        expected = 0.3 * getattr(gradient, name)
        assert torch.allclose(step, expected, atol=1e-6)
        assert step.abs().max() > 1e-4
    unmoved = machine.visible_bias == before.visible_bias
    assert unmoved[:n_pinned].all()
    assert not unmoved[n_pinned:].any()
    assert (machine.weights != before.weights).any(1).all()  # those of pinned units as well


def test_minibatches_are_training_rows_with_repeats_and_other_ones_each_time(panel: Haplotypes) -> None:
    updater = Updater(panel.packed[:30], dataclasses.replace(SMALL, minibatch=200), 1)
    rows = {row.tobytes() for row in panel.packed[:30]}
    first, second = updater.minibatch(0), updater.minibatch(1)
    assert {row.tobytes() for row in first} <= rows
    assert not np.array_equal(first, second)
    assert np.array_equal(first, updater.minibatch(0))


def test_chains_begin_as_the_method_says(panel: Haplotypes, machine: Machine) -> None:
    still = Machine(torch.zeros_like(machine.weights), machine.visible_bias, machine.hidden_bias)
    data = panel.packed[:40]
    ends = {}
    for method in ("rdm", "cd", "pcd"):
        updater = Updater(panel.packed, dataclasses.replace(SMALL, method=method, gibbs_steps=1), 2)
        ends[method] = [updater.contrast(machine, data, number).states.visible for number in (0, 1)]
        again = updater.contrast(still, data, 2).states.visible
        assert again.shape == data.shape

    def run(start: np.ndarray, number: int) -> np.ndarray:
        return gibbs.sample(*machine.parameters, start, 1, seed=2, update=number).visible

    def random(number: int) -> np.ndarray:
        return gibbs.random_start(40, panel.n_sites, 2, update=number)

    for number in (0, 1):
        assert np.array_equal(ends["rdm"][number], run(random(number), number))
        assert np.array_equal(ends["cd"][number], run(data, number))
    assert np.array_equal(ends["pcd"][0], run(random(0), 0))
    assert np.array_equal(ends["pcd"][1], run(ends["pcd"][0], 1))


@pytest.mark.parametrize("method", ["rdm", "cd", "pcd"])
def test_each_chain_is_pinned_to_its_row(panel: Haplotypes, machine: Machine, method: str) -> None:
    pinned = Pinned.first(N_PINNED, panel.n_sites)
    updater = Updater(panel.packed, dataclasses.replace(SMALL, method=method), 2, pinned)
    for number in range(2):
        data = updater.minibatch(number)
        chains = updater.contrast(machine, data, number).states.visible
        ends, rows = (unpack(each, panel.n_sites) for each in (chains, data))
        assert np.array_equal(ends[:, :N_PINNED], rows[:, :N_PINNED])
        assert (ends[:, N_PINNED:] != rows[:, N_PINNED:]).any()


def test_pinned_units_are_the_first(panel: Haplotypes) -> None:
    assert Pinned.first(0, 9) is None
    pinned = Pinned.first(70, 100)
    assert pinned is not None
    assert np.array_equal(pinned.units, np.arange(100) < 70)
    rng = np.random.default_rng(0)
    states, data = rng.integers(0, 2, (2, 6, 100))
    mixed = unpack(pinned.into(pack(states), pack(data)), 100)
    assert np.array_equal(mixed, np.where(pinned.units, data, states))


def test_generated_rows_do_not_depend_on_their_batch(panel: Haplotypes, machine: Machine) -> None:
    whole = generate(machine, 30, SMALL, 5)
    assert np.array_equal(generate(machine, 10, SMALL, 5, first_chain=20), whole[20:])
    pinned = Pinned.first(N_PINNED, panel.n_sites)
    given = generate(machine, 30, SMALL, 5, pinned=pinned, given=panel.packed[:30])
    assert np.array_equal(unpack(given, N_PINNED), panel.alleles()[:30, :N_PINNED])


def test_samples_run_as_long_as_the_method_asks() -> None:
    assert Settings(gibbs_steps=7).steps_of_samples == 7
    assert Settings(gibbs_steps=7, method="cd").steps_of_samples == 1000
    assert Settings(gibbs_steps=2000, method="pcd").steps_of_samples == 2000
    assert Settings(gibbs_steps=7, method="pcd", sampling_steps=30).steps_of_samples == 30


@pytest.mark.parametrize("layer", ["hidden", "visible"])
def test_the_default_precision_is_used_while_it_is_exact_enough(machine: Machine, layer: str) -> None:
    assert precision_for(machine, SMALL) == "int8x2"
    # One input's weights are a thousand times as large as the others and leave them few of the 16 bits; it is never 1.
    coarse = machine.copy()
    if layer == "hidden":
        coarse.weights[0] = 1000
        coarse.visible_bias[0] = -1e6
    else:
        coarse.weights[:, 0] = 1000
        coarse.hidden_bias[0] = -1e6
    assert precision_for(coarse, SMALL) == "float32"
    for asked in gibbs.PRECISIONS:
        assert precision_for(coarse, dataclasses.replace(SMALL, precision=asked)) == asked
    rows = generate(coarse, 200, SMALL, 5)
    assert np.array_equal(rows, generate(coarse, 200, SMALL, 5, precision="float32"))
    assert not np.array_equal(rows, generate(coarse, 200, SMALL, 5, precision="int8x2"))
