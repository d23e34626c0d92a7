"""One update of a training, chains and centred gradient: ours, and plain PyTorch with dense states."""

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


def entries(work: Workload) -> Iterator[Entry]:
    """Every contender; their gradients differ by chance only."""
    torch.set_num_threads(work.threads)
    settings = Settings(hidden=work.weights.shape[1], gibbs_steps=work.steps, minibatch=len(work.start))
    machine = Machine(*(torch.from_numpy(part) for part in work.machine))
    updater = Updater(work.rows, settings, 1, threads=work.threads)

    def ours() -> Any:
        with one_torch_thread():
            return updater.gradient(machine, 0)

    expected = ours().weights.numpy()
    # Each is a difference of two covariances of 0 … 1 over so many rows: two of them differ by six standard deviations
    # at most.
    truth = Truth(expected, 6 * np.sqrt(4 / 16 / len(work.start)))
    rows = torch.from_numpy(unpack(work.rows, machine.n_visible))

    def plain() -> Any:
        data = rows[torch.randint(len(rows), (len(work.start),))].float()
        chains = torch.bernoulli(torch.full_like(data, 0.5))
        weights, a, b = machine.parameters
        for _ in range(work.steps):
            hidden = torch.bernoulli(torch.sigmoid(chains @ weights + b))
            chains = torch.bernoulli(torch.sigmoid(hidden @ weights.T + a))
        of_data, of_chains = torch.sigmoid(data @ weights + b), torch.sigmoid(chains @ weights + b)
        v, h = data.mean(0), of_data.mean(0)
        step = ((data - v).T @ (of_data - h) - (chains - v).T @ (of_chains - h)) / len(data)
        return step, v - chains.mean(0) - step @ h, h - of_chains.mean(0) - step.T @ v

    yield Entry("torch fp32", torch.__version__, plain, lambda found: found[0].numpy(), truth)
    yield Entry("artgen_fast", artgen_fast.__version__, ours, lambda found: found[0].numpy(), truth)
