"""Chains and training of the RBM against full enumeration of tiny machines, with fixed seeds."""

import numpy as np
import pytest
import torch
from scipy import stats

from artgen_fast.array_types import UInt64Array
from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import generate
from artgen_fast.haplotypes import Haplotypes, unpack

LOWEST_P = 1e-3
N_VISIBLE, N_HIDDEN = 4, 3
N_CHAINS = 100_000


def states(n: int) -> torch.Tensor:
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).double()


def alleles(rows: UInt64Array) -> np.ndarray:
    return unpack(rows, N_VISIBLE)


def probability_of_each(probabilities: torch.Tensor, outcomes: torch.Tensor) -> torch.Tensor:
    """Probability of every outcome (columns) of independent units with the given probabilities (rows)."""
    ones = probabilities[:, None, :]
    return torch.where(outcomes[None] > 0, ones, 1 - ones).prod(-1)


def after_steps(machine: Machine, n_steps: int) -> np.ndarray:
    """Distribution of the visible states after so many steps from Bernoulli(1/2), by enumeration."""
    weights, visible_bias, hidden_bias = (part.double() for part in machine.parameters)
    visible, hidden = states(N_VISIBLE), states(N_HIDDEN)
    to_hidden = probability_of_each(torch.sigmoid(visible @ weights + hidden_bias), hidden)
    to_visible = probability_of_each(torch.sigmoid(hidden @ weights.T + visible_bias), visible)
    distribution = torch.full((len(visible),), 1 / len(visible), dtype=torch.float64)
    for _ in range(n_steps):
        distribution = distribution @ to_hidden @ to_visible
    return distribution.numpy()


@pytest.fixture(scope="module")
def slow_machine() -> Machine:
    """A machine whose chains take many steps to forget their start, so that every step can be told from the next."""
    random = torch.Generator().manual_seed(11)
    weights = torch.randn((N_VISIBLE, N_HIDDEN), generator=random) * 3
    return Machine(weights, -weights.sum(1) / 2 + 0.5, -weights.sum(0) / 2)


@pytest.mark.parametrize("n_steps", [1, 2, 4])
def test_chains_follow_the_distribution_after_their_steps_and_no_other(slow_machine: Machine, n_steps: int) -> None:
    visible = alleles(generate(slow_machine, N_CHAINS, Settings(gibbs_steps=n_steps), seed=n_steps))
    observed = np.bincount(visible @ (1 << np.arange(N_VISIBLE)), minlength=2**N_VISIBLE)
    assert stats.chisquare(observed, N_CHAINS * after_steps(slow_machine, n_steps)).pvalue > LOWEST_P
    for other in {n_steps + 1, max(n_steps - 1, 0)} - {n_steps}:
        assert stats.chisquare(observed, N_CHAINS * after_steps(slow_machine, other)).pvalue < 1e-12


def test_samples_of_the_generator_come_from_chains_as_long_as_in_training(slow_machine: Machine) -> None:
    panel = Haplotypes.from_alleles(states(N_VISIBLE).int().numpy())
    model = RBM(hidden=N_HIDDEN, gibbs_steps=2, minibatch=4, epochs=1, check_every=1).fit(panel)
    model._machine = slow_machine
    sampled = model.sample(N_CHAINS, seed=21).alleles()
    observed = np.bincount(sampled @ (1 << np.arange(N_VISIBLE)), minlength=2**N_VISIBLE)
    assert stats.chisquare(observed, N_CHAINS * after_steps(slow_machine, 2)).pvalue > LOWEST_P


def test_training_recovers_the_moments_of_a_known_machine() -> None:
    # Two pairs of units that nearly always agree, and one pair that nearly always differs.
    weights = torch.zeros((6, 3))
    for hidden, (one, other, sign) in enumerate([(0, 1, 1), (2, 3, 1), (4, 5, -1)]):
        weights[one, hidden] = 5.0
        weights[other, hidden] = 5.0 * sign
    source = Machine(weights, -weights.sum(1) / 2, -weights.sum(0) / 2)
    rows = unpack(generate(source, 3_000, Settings(gibbs_steps=200), seed=0), 6)
    minibatch, n_sampled = 1_000, 20_000
    # One check, at the end: the machine kept is the one that has converged.
    model = RBM(hidden=6, gibbs_steps=10, learning_rate=0.2, minibatch=minibatch, epochs=1_000, check_every=1_000).fit(
        Haplotypes.from_alleles(rows), seed=1
    )
    sampled = model.sample(n_sampled, seed=2).alleles()
    expected, observed = np.cov(rows.T), np.cov(sampled.T)
    assert np.abs(expected[[0, 2, 4], [1, 3, 5]]).min() > 0.15
    # The machine of the last update is not at the maximum but wanders around it, driven by the chance of each update:
    # the difference of two means, over the minibatch and over as many chains. As an update undoes only a part of what
    # the ones before it did, the machine strays less than one update's noise; that, and the noise of the sample, are
    # at most as large as for alleles of frequency 1/2 (standard deviation 1/2; 1/4 for a product of two).
    noise = np.sqrt(2 / minibatch + 1 / n_sampled)
    assert np.abs(sampled.mean(axis=0) - rows.mean(axis=0)).max() < 2 * noise / 2
    assert np.abs(observed - expected).max() < 2 * noise / 4
