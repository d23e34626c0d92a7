"""Machines on a device: what goes there and back, checked without one; the real thing where there is a GPU."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.rbm import RBM, updates
from artgen_fast.generators.rbm.devices import on_host, require_device
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.training import Training
from artgen_fast.generators.rbm.updates import Pinned, Updater, generate, precision_for
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import dispatch, gibbs

SMALL = Settings(hidden=8, gibbs_steps=3, minibatch=40, learning_rate=0.3, receptive_field=20, method="pcd")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors in host memory stand for those on a device, where arrays of the host are refused."""

    def there(function: Callable[..., Any], *states: int) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            assert all(isinstance(arguments[each], torch.Tensor) for each in states)
            return function(*arguments, **options)

        return run

    monkeypatch.setattr(updates, "beside", lambda device, states: torch.from_numpy(states.view(np.int64)))
    monkeypatch.setattr(updates, "on_host", there(on_host, 0))
    monkeypatch.setattr(gibbs, "contrast", there(gibbs.contrast, 3, 4))
    monkeypatch.setattr(gibbs, "sample", there(gibbs.sample, 3))
    monkeypatch.setattr(gibbs, "hidden_probabilities", there(gibbs.hidden_probabilities, 2))


def run(panel: Haplotypes) -> list[np.ndarray[Any, Any]]:
    """Some updates and rows; everything that must be in host memory after them."""
    pinned = Pinned.first(5, panel.n_sites)
    training = Training.begin(panel, SMALL, 4)
    updater = Updater(panel.packed, SMALL, 4, pinned)
    for number in range(3):
        updater.update(training.machine, number)
    precision = precision_for(training.machine, SMALL)
    given = panel.packed[:30]
    rows = generate(training.machine, 30, SMALL, 5, precision=precision, pinned=pinned, given=given)
    assert updater.persistent is not None
    return [rows, updater.persistent, *training.machine.tensors().values()]


def test_states_go_to_the_device_and_come_back(panel: Haplotypes, request: pytest.FixtureRequest) -> None:
    expected = run(panel)
    request.getfixturevalue("elsewhere")
    for found, on_the_host in zip(run(panel), expected, strict=True):
        assert type(found) is np.ndarray
        assert np.array_equal(found, on_the_host)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:one", "cpu:0", "cudax", "", None, 0])
def test_other_names_are_refused(name: Any) -> None:
    with pytest.raises(InputError, match=r"device must be cpu, cuda, or cuda:N .* got"):
        require_device(name)


@pytest.mark.parametrize("make", [RBM, CRBMChain])
def test_a_device_that_is_not_there_is_refused_with_the_reason(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    availability = dispatch.Availability("cuda", "no NVIDIA GPU is visible")
    monkeypatch.setattr(dispatch, "backend_availability", lambda name: availability)
    with pytest.raises(BackendUnavailableError, match=r"'cuda:1' cannot be used here: no NVIDIA GPU is visible. Use"):
        make(device="cuda:1")
    monkeypatch.setattr(dispatch, "backend_availability", dispatch.Availability)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BackendUnavailableError, match=r"this build of torch has no CUDA"):
        make(device="cuda:1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(BackendUnavailableError, match=r"it has 1 CUDA devices, numbered from 0"):
        make(device="cuda:1")
    assert make(device="cuda").device == "cuda"
    assert "device" not in make().options()


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["rdm", "pcd"])
def test_cuda_learns_the_same(panel: Haplotypes, method: str) -> None:
    availability = dispatch.backend_availability("cuda")
    if not availability.usable:
        pytest.skip(availability.reason)
    # Where the kernels can use a GPU, torch must as well: from here on there is nothing to be excused.
    settings = dataclasses.replace(SMALL, method=method)
    pinned = Pinned.first(5, panel.n_sites)
    machines = []
    for name in ("cpu", "cuda"):
        training = Training.begin(panel, settings, 4).to(require_device(name))
        Updater(panel.packed, settings, 4, pinned).update(training.machine, 0)
        machines.append(training.machine)
    host, device = machines
    assert device.device.type == "cuda"
    for ours, theirs in zip(host.parameters, device.to(host.device).parameters, strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-5)
    same = host.to(device.device)
    assert np.array_equal(generate(host, 300, settings, 2), generate(same, 300, settings, 2))
