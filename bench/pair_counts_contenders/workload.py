"""What every contender is given: the panel both ways round, made before anything is timed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.pair_counts import SiteMajor


@dataclass(frozen=True, slots=True)
class Workload:
    """A panel and how much to do with it."""

    panel: Haplotypes
    by_site: SiteMajor
    n_pairs: int
    """Pairs of sites to sample."""
    folder: Path
    """For peers that read files; emptied at the end."""
    threads: int


class Engine(NamedTuple):
    """One backend and instruction set of ours."""

    name: str
    arguments: dict[str, Any]


def engines() -> Iterator[Engine]:
    """What can run here, best first."""
    for level in dispatch.instruction_sets("pair_counts"):
        if level.usable:
            yield Engine(f"artgen_fast {level.name}", {"backend": "compiled", "instruction_set": level.name})
    if dispatch.backend_availability("numba").usable:
        yield Engine("artgen_fast numba", {"backend": "numba"})


def blocks(n: int, size: int) -> list[slice]:
    """Cut 0 … n - 1 into blocks of a size, the last one smaller."""
    return [slice(begin, min(begin + size, n)) for begin in range(0, n, size)]


def row_bytes(panel: Haplotypes) -> Any:
    """The rows as bytes of eight sites, without the padding beyond the last of them."""
    return panel.packed.view(np.uint8)[:, : -(-panel.n_sites // 8)]
