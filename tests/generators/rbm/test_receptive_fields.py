import dataclasses

import numpy as np
import pytest
import torch

from artgen_fast.errors import InputError
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.rbm.receptive_fields import local_connections, receptive_fields
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.training import Training, train_machine
from artgen_fast.generators.rbm.updates import Pinned, Updater
from artgen_fast.haplotypes import Haplotypes

SMALL = Settings(hidden=8, gibbs_steps=3, minibatch=40, epochs=4, check_every=2, receptive_field=9)


@pytest.mark.parametrize("n_visible", [1, 7, 100, 2000])
@pytest.mark.parametrize("n_hidden", [1, 8, 300])
@pytest.mark.parametrize("width", [1, 6, 100, 5000])
def test_every_site_is_in_as_many_fields(n_visible: int, n_hidden: int, width: int) -> None:
    fields = receptive_fields(n_visible, n_hidden, width)
    assert fields.shape == (n_hidden, 2)
    assert fields.min() >= 0
    assert fields.max() <= n_visible
    assert (np.diff(fields, axis=0) >= 0).all()
    assert (np.diff(fields) <= width).all()
    assert (np.diff(fields) > 0).all()
    sites = np.arange(n_visible)
    counts = ((sites[:, None] >= fields[:, 0]) & (sites[:, None] < fields[:, 1])).sum(1)
    assert np.ptp(counts) <= 1
    assert abs(counts.mean() - n_hidden * width / (n_visible + width - 1)) < 1


def test_what_is_missing_is_what_is_outside_of_the_fields() -> None:
    connections = local_connections(50, 6, 10)
    assert connections is not None
    missing = connections.missing.numpy()
    for unit, (begin, end) in enumerate(connections.fields):
        assert not missing[begin:end, unit].any()
        assert missing[:begin, unit].all()
        assert missing[end:, unit].all()
    assert local_connections(50, 6, None) is None


def test_a_context_is_seen_by_all_and_is_no_neighbour() -> None:
    connections = local_connections(57, 6, 10, n_context=7)
    without = local_connections(50, 6, 10)
    assert connections is not None
    assert without is not None
    assert not connections.missing[:7].any()
    assert torch.equal(connections.missing[7:], without.missing)
    assert connections.fields is None  # two stretches a hidden unit, which the kernel's fields cannot say


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_weights_outside_stay_0_and_others_learn(panel: Haplotypes, l2: float) -> None:
    machine, _ = train_machine(panel, None, dataclasses.replace(SMALL, l2=l2), seed=1)
    connections = local_connections(panel.n_sites, 8, 9)
    assert connections is not None
    assert connections.missing.any()
    assert (machine.weights[connections.missing] == 0).all()
    assert (machine.weights[~connections.missing].abs() > 0).all()


def test_an_update_is_that_of_all_connections_where_they_are(panel: Haplotypes) -> None:
    begun = Training.begin(panel, SMALL, seed=3)
    connections = local_connections(panel.n_sites, 8, 9)
    assert connections is not None
    begun.machine.weights.normal_(generator=torch.Generator().manual_seed(0)).masked_fill_(connections.missing, 0)
    local = Updater(panel.packed, SMALL, 5).gradient(begun.machine, 2)
    whole = Updater(panel.packed, dataclasses.replace(SMALL, receptive_field=None), 5).gradient(begun.machine, 2)
    assert torch.equal(local.weights, whole.weights.masked_fill(connections.missing, 0))
    # What the missing weights would have learnt is no concern of the biases.
    assert not torch.allclose(local.visible_bias, whole.visible_bias, atol=1e-4)


def test_an_update_given_a_context_is_that_of_all_connections_where_they_are(panel: Haplotypes) -> None:
    begun = Training.begin(panel, SMALL, 3, n_context=11)
    connections = local_connections(panel.n_sites, 8, 9, n_context=11)
    assert connections is not None
    assert torch.equal(begun.machine.weights == 0, connections.missing)
    pinned = Pinned.first(15, panel.n_sites)
    local = Updater(panel.packed, SMALL, 5, pinned, n_context=11).gradient(begun.machine, 2)
    whole = Updater(panel.packed, dataclasses.replace(SMALL, receptive_field=None), 5, pinned)
    expected = whole.gradient(begun.machine, 2).weights.masked_fill(connections.missing, 0)
    assert torch.equal(local.weights, expected)
    assert (local.weights[:11] != 0).any()


@pytest.mark.parametrize("model", [RBM, CRBMChain])
def test_it_is_kept_with_the_model(model: type, panel: Haplotypes, tmp_path) -> None:
    options = {"step": 20, "pinned": 10} if model is CRBMChain else {}
    made = model(hidden=8, gibbs_steps=2, epochs=2, receptive_field=9, **options)
    made.fit(panel, seed=1)
    made.save(tmp_path / "model")
    again = model.load(tmp_path / "model")
    assert again.settings.receptive_field == 9
    assert np.array_equal(again.sample(20, 1).packed, made.sample(20, 1).packed)


@pytest.mark.parametrize("value", [0, -1, 2.5, True])
def test_it_must_be_a_number_of_sites(value: object) -> None:
    with pytest.raises(InputError, match="receptive_field must be a whole number of at least 1"):
        RBM(receptive_field=value)
