"""Calibration: generated alleles become as frequent as training ones, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.rbm.calibration import calibrate
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import Pinned, generate
from artgen_fast.haplotypes import Haplotypes, unpack
from artgen_fast.simulation import simulate_panel

SITES, HIDDEN = 150, 12
SETTINGS = Settings(hidden=HIDDEN, gibbs_steps=4, calibration_rounds=8)


@pytest.fixture(scope="module")
def train() -> Haplotypes:
    return simulate_panel(600, SITES, min_maf=0.01, seed=2)


@pytest.fixture
def machine(train: Haplotypes) -> Machine:
    """One whose frequencies are far out: its biases were the sites' without hidden units, and are moved besides."""
    random = torch.Generator().manual_seed(3)
    frequencies = torch.from_numpy(train.allele_counts() / len(train)).float()
    made = Machine.initial(frequencies, HIDDEN, random)
    made.weights += 0.7 * torch.randn(made.weights.shape, generator=random)
    made.visible_bias += torch.randn(SITES, generator=random)
    return made


def error(machine: Machine, train: Haplotypes, pinned: Pinned | None = None) -> float:
    """Root of the mean square difference of frequencies, from rows that no round has seen."""
    given = None if pinned is None else train.packed[np.arange(20_000) % len(train)]
    rows = generate(machine, 20_000, SETTINGS, 99, pinned=pinned, given=given)
    generated = unpack(rows, SITES).mean(axis=0)
    return float(np.sqrt(np.mean((generated - train.alleles().mean(axis=0)) ** 2)))


def test_frequencies_become_those_of_the_training_rows(machine: Machine, train: Haplotypes) -> None:
    before = error(machine, train)
    found = calibrate(machine, train, SETTINGS, seed=5)
    assert before > 0.15
    assert error(machine, train) < 0.01
    assert len(found) == 8
    assert found[0] < 0.8
    assert found[-1] > 0.998


def test_chance_of_single_rounds_is_averaged_out(machine: Machine, train: Haplotypes) -> None:
    calibrate(machine, train, replace(SETTINGS, calibration_rounds=40), seed=5)
    # 0.0025 to 0.0029; 0.0054 and more with steps of one length, or with the same draws in every round.
    assert error(machine, train) < 0.004


def test_only_biases_of_sites_that_are_generated_move(machine: Machine, train: Haplotypes) -> None:
    before = machine.copy()
    pinned = Pinned.first(50, SITES)
    calibrate(machine, train, SETTINGS, seed=5, pinned=pinned)
    assert torch.equal(machine.weights, before.weights)
    assert torch.equal(machine.hidden_bias, before.hidden_bias)
    assert torch.equal(machine.visible_bias[:50], before.visible_bias[:50])
    assert (machine.visible_bias[50:] != before.visible_bias[50:]).float().mean() > 0.9
    assert error(machine, train, pinned) < 0.01


def test_fixed_sites_do_not_drift(machine: Machine, train: Haplotypes) -> None:
    alleles = train.alleles().copy()
    alleles[:, :5], alleles[:, 5:10] = 0, 1
    fixed = Haplotypes.from_alleles(alleles, train.sites)
    machine.visible_bias[:5], machine.visible_bias[5:10] = -30, 30
    calibrate(machine, fixed, SETTINGS, seed=5)
    assert machine.visible_bias[:10].tolist() == [-30] * 5 + [30] * 5


def test_it_comes_after_the_training_and_changes_nothing_of_it(train: Haplotypes) -> None:
    options = {"hidden": 10, "gibbs_steps": 2, "epochs": 4, "check_every": 2, "check_rows": 50}
    plain = RBM(**options).fit(train, seed=1)
    found = RBM(**options, calibration_rounds=3).fit(train, seed=1)
    assert torch.equal(plain.machine.weights, found.machine.weights)
    assert not torch.equal(plain.machine.visible_bias, found.machine.visible_bias)
    assert plain.training["calibration"] == []
    assert len(found.training["calibration"]) == 3
    assert plain.training["checks"] == found.training["checks"]
    again = RBM(**options, calibration_rounds=3).fit(train, seed=1)
    assert torch.equal(again.machine.visible_bias, found.machine.visible_bias)


def test_it_may_be_asked_for_when_a_training_goes_on() -> None:
    assert SETTINGS.resumable() == replace(SETTINGS, calibration_rounds=None).resumable()
