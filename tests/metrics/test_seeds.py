"""Every statistic that draws at random refuses what is no seed, in one way and before it begins."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast.errors import InputError


def statistics_with_a_seed():
    functions = {name: getattr(ag.metrics, name) for name in ag.metrics.__all__}
    return [name for name, ask in functions.items() if callable(ask) and "seed" in parameters_of(ask)]


def parameters_of(ask):
    return {} if inspect.isclass(ask) else inspect.signature(ask).parameters


@pytest.fixture(scope="module")
def ask(founders_panel, without_persons):
    """Calls a statistic of small panels by its name, or an evaluation."""
    real, holdout, rest = founders_panel[:, :40].split_by_person([0.4, 0.3, 0.3], seed=0)
    here = dict.fromkeys(real.samples.person.tolist(), "here")
    others = {"holdout": holdout, "labels": here, "seams": [20]}

    def call(name, **options):
        function = ag.evaluate if name == "evaluate" else getattr(ag.metrics, name)
        needed = {key: value for key, value in others.items() if key in parameters_of(function)}
        return function(real, without_persons(rest), **needed, **options)

    return call


def test_there_are_many():
    assert {"aa_ts", "allele_frequencies", "pca", "shared_haplotypes"} <= set(statistics_with_a_seed())
    assert len(statistics_with_a_seed()) > 20


@pytest.mark.parametrize("seed", [-1, 1.5, None, True, 2**64], ids=str)
@pytest.mark.parametrize("name", ["evaluate", *statistics_with_a_seed()])
def test_what_is_no_seed_is_refused(ask, name, seed):
    with pytest.raises(InputError, match=r"^seed must be a whole number from 0 to 2\^64 - 1; got"):
        ask(name, seed=seed)


@pytest.mark.parametrize("name", ["haplotype_homozygosity"])
def test_also_where_nothing_else_is_drawn(ask, name):
    with pytest.raises(InputError, match=r"^seed must be a whole number"):
        ask(name, seed=-1, cores=[3])


@pytest.mark.parametrize("name", ["ld_decay", "pca", "three_point"])
def test_before_the_panels_are_read(ask, name, monkeypatch):
    def read(*_, **__):
        raise AssertionError("a panel was read")

    monkeypatch.setattr(ag.kernels.pair_counts, "allele_counts", read)
    monkeypatch.setattr(ag.kernels.pair_counts, "site_major", read)
    with pytest.raises(InputError, match=r"^seed must be a whole number"):
        ask(name, seed=-1)


@pytest.mark.parametrize("name", ["allele_frequencies", "ld_decay", "pca", "three_point"])
def test_the_largest_seeds_and_those_of_numpy_are_taken(ask, name):
    ask(name, seed=2**64 - 1)
    ask(name, seed=np.int64(3))
