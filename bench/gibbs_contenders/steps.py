"""One step v → h → v of all chains: ours, and PyTorch as it is written everywhere and as it is fastest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from rounds import Entry, Truth

import artgen_fast
from artgen_fast.haplotypes import unpack
from artgen_fast.kernels import gibbs
from gibbs_contenders.workload import Workload, engines

FEW, MANY = 1, 8
"""Steps of two runs: their difference is that of steps alone, without what comes once a call. That may itself take as
long as several steps, and not always as long, hence so many."""

Run = Callable[[int], Any]


def entries(work: Workload) -> Iterator[Entry]:
    """Every contender."""
    torch.set_num_threads(work.threads)
    n_chains, n_visible = len(work.start), len(work.weights)
    expected = unpack(gibbs.sample(*work.machine, work.start, FEW).visible, n_visible).mean(axis=0)
    # Two means of so many chains, six standard deviations apart at most.
    truth = Truth(expected, 6 * np.sqrt(2 / 4 / n_chains))
    for name, dtype, draw in (
        ("torch fp32", torch.float32, torch.bernoulli),
        ("torch bf16", torch.bfloat16, torch.bernoulli),
        ("torch fp32, uniform_", torch.float32, _compare),
        ("torch bf16, uniform_", torch.bfloat16, _compare),
    ):
        yield _entry(name, torch.__version__, _torch_run(work, dtype, draw), _dense, truth)
    for engine in engines():

        def run(steps: int, arguments: dict[str, Any] = engine.arguments) -> Any:
            return gibbs.sample(*work.machine, work.start, steps, threads=work.threads, **arguments).visible

        answer = lambda visible: unpack(visible, n_visible).mean(axis=0)  # noqa: E731
        yield _entry(engine.name, artgen_fast.__version__, run, answer, truth)


def _entry(name: str, version: str, run: Run, answer: Callable[[Any], Any], truth: Truth) -> Entry:
    def timed() -> tuple[float, Any]:
        begin = time.perf_counter()
        states = run(FEW)
        between = time.perf_counter()
        run(MANY)
        end = time.perf_counter()
        return ((end - between) - (between - begin)) / (MANY - FEW), states

    return Entry(name, version, timed, lambda found: answer(found[1]), truth, seconds=lambda found: found[0])


def _torch_run(work: Workload, dtype: torch.dtype, draw: Callable[[torch.Tensor], torch.Tensor]) -> Run:
    weights, visible_bias, hidden_bias = (torch.from_numpy(part).to(dtype) for part in work.machine)
    start = torch.from_numpy(unpack(work.start, len(work.weights))).to(dtype)

    def run(steps: int) -> torch.Tensor:
        visible = start
        for _ in range(steps):
            hidden = draw(torch.sigmoid(torch.addmm(hidden_bias, visible, weights)))
            visible = draw(torch.sigmoid(torch.addmm(visible_bias, hidden, weights.T)))
        return visible

    return run


def _compare(probabilities: torch.Tensor) -> torch.Tensor:
    """Bernoulli draws several times as fast as torch.bernoulli, on one thread as well."""
    return (torch.rand_like(probabilities) < probabilities).to(probabilities.dtype)


def _dense(visible: torch.Tensor) -> Any:
    return visible.float().mean(dim=0).double().numpy()
