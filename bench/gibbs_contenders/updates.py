"""Updates of a training, chains and centred gradient: ours, and plain PyTorch with dense states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from rounds import Entry, Truth

import artgen_fast
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.torch_threads import one_torch_thread
from artgen_fast.generators.rbm.updates import Updater
from artgen_fast.haplotypes import unpack
from gibbs_contenders.workload import Workload


def entries(work: Workload, device: str = "cpu", n_updates: int = 1) -> Iterator[Entry]:
    """Every contender, of so many gradients of one machine; the last ones differ by chance only."""
    torch.set_num_threads(work.threads)
    settings = Settings(hidden=work.weights.shape[1], gibbs_steps=work.steps, minibatch=len(work.start))
    machine = Machine(*(torch.from_numpy(part) for part in work.machine)).to(torch.device(device))
    updater = Updater(work.rows, settings, 1, threads=work.threads)

    def ours() -> Any:
        with one_torch_thread():
            for number in range(n_updates):
                found = updater.gradient(machine, number)
            _wait(device)
            return found

    def weights_of(gradient: Any) -> Any:
        return gradient[0].cpu().numpy()

    expected = weights_of(ours())
    # Each is a difference of two covariances of 0 … 1 over so many rows: two of them differ by six standard deviations
    # at most.
    truth = Truth(expected, 6 * np.sqrt(4 / 16 / len(work.start)))
    rows = torch.from_numpy(unpack(work.rows, machine.n_visible)).to(device)

    def plain() -> Any:
        for _ in range(n_updates):
            found = plain_gradient()
        _wait(device)
        return found

    def plain_gradient() -> Any:
        data = rows[torch.randint(len(rows), (len(work.start),), device=device)].float()
        chains = torch.bernoulli(torch.full_like(data, 0.5))
        weights, a, b = machine.parameters
        for _ in range(work.steps):
            hidden = torch.bernoulli(torch.sigmoid(chains @ weights + b))
            chains = torch.bernoulli(torch.sigmoid(hidden @ weights.T + a))
        of_data, of_chains = torch.sigmoid(data @ weights + b), torch.sigmoid(chains @ weights + b)
        v, h = data.mean(0), of_data.mean(0)
        step = ((data - v).T @ (of_data - h) - (chains - v).T @ (of_chains - h)) / len(data)
        return step, v - chains.mean(0) - step @ h, h - of_chains.mean(0) - step.T @ v

    yield Entry("torch fp32", torch.__version__, plain, weights_of, truth)
    yield Entry("artgen_fast", artgen_fast.__version__, ours, weights_of, truth)


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()
