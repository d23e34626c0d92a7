"""Steps v → h → v of many chains on the device: ours, torch eager and compiled, and its products alone as the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cupy
import numpy as np
import torch
from gibbs_contenders.workload import Workload
from rounds import Entry, Truth

import artgen_fast
from artgen_fast.haplotypes import unpack
from artgen_fast.kernels import gibbs
from gpu_contenders.timing import entry


def entries(work: Workload) -> Iterator[Entry]:
    """Every contender, of ``work.steps`` steps; ours begin and end with the states on the device."""
    n_visible, n_chains = len(work.weights), len(work.start)
    parts = [cupy.asarray(part) for part in work.machine]
    start = cupy.asarray(work.start)
    expected = unpack(gibbs.sample(*work.machine, work.start, work.steps).visible, n_visible).mean(axis=0)
    truth = Truth(expected, 6 * np.sqrt(2 / 4 / n_chains))
    for precision in ("int8x2", "float32"):

        def run(precision: str = precision) -> Any:
            return gibbs.sample(*parts, start, work.steps, precision=precision, backend="cuda").visible

        answer = lambda visible: unpack(visible.get(), n_visible).mean(axis=0)  # noqa: E731
        yield entry(f"artgen_fast {precision}", artgen_fast.__version__, run, answer, truth)
    for dtype in (torch.float32, torch.bfloat16):
        name = str(dtype).removeprefix("torch.")
        weights, a, b = (torch.from_numpy(part).cuda().to(dtype) for part in work.machine)
        states = torch.from_numpy(unpack(work.start, n_visible)).cuda().to(dtype)
        step = _step(weights, a, b)
        for how, each in (("eager", step), ("compiled", torch.compile(step))):

            def chains(each: Callable[[torch.Tensor], torch.Tensor] = each, states: torch.Tensor = states) -> Any:
                for _ in range(work.steps):
                    states = each(states)
                return states

            dense = lambda found: found.float().mean(dim=0).double().cpu().numpy()  # noqa: E731
            yield entry(f"torch {name}, {how}", torch.__version__, chains, dense, truth)


def _step(weights: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    def step(visible: torch.Tensor) -> torch.Tensor:
        hidden = torch.bernoulli(torch.sigmoid(torch.addmm(b, visible, weights)))
        return torch.bernoulli(torch.sigmoid(torch.addmm(a, hidden, weights.T)))

    return step


def products_alone(work: Workload) -> float:
    """Seconds that torch's bfloat16 products of as many steps take, without bias, sigmoid and sampling."""
    weights = torch.from_numpy(work.weights).cuda().bfloat16()
    visible = torch.rand(len(work.start), len(weights), device="cuda").bfloat16()
    hidden = visible @ weights
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(work.steps):
        torch.matmul(visible, weights, out=hidden)
        torch.matmul(hidden, weights.T, out=visible)
    end.record()
    torch.cuda.synchronize()
    return float(begin.elapsed_time(end)) / 1e3
