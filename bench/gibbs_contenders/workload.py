"""The machine and the chains that every contender is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.kernels import dispatch, gibbs

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Workload:
    """A machine, where its chains begin, and the rows that it is trained on."""

    weights: Floats
    visible_bias: Floats
    hidden_bias: Floats
    start: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.uint64]
    steps: int
    """Of an update."""
    threads: int

    @classmethod
    def random(cls, n_visible: int, n_hidden: int, n_chains: int, steps: int, threads: int) -> Workload:
        """A machine whose units are undecided enough for its chains to move; time does not depend on it."""
        rng = np.random.default_rng(0)
        weights = (rng.standard_normal((n_visible, n_hidden)) / np.sqrt(n_visible)).astype(np.float32)
        biases = (rng.standard_normal(n).astype(np.float32) for n in weights.shape)
        start, rows = (gibbs.random_start(n_chains, n_visible, seed=seed) for seed in (1, 2))
        return cls(weights, *biases, start, rows, steps, threads)

    @property
    def machine(self) -> tuple[Floats, Floats, Floats]:
        """W, a and b."""
        return self.weights, self.visible_bias, self.hidden_bias


class Engine(NamedTuple):
    """One backend, instruction set and precision of ours."""

    name: str
    arguments: dict[str, Any]


def engines() -> Iterator[Engine]:
    """What can run here, best first."""
    for precision in ("int8x2", "float32"):
        for level in dispatch.instruction_sets("gibbs"):
            if level.usable:
                arguments = {"backend": "compiled", "instruction_set": level.name, "precision": precision}
                yield Engine(f"artgen_fast {level.name} {precision}", arguments)
        if dispatch.backend_availability("numba").usable:
            yield Engine(f"artgen_fast numba {precision}", {"backend": "numba", "precision": precision})
