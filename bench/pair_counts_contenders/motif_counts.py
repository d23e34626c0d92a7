"""Haplotypes with each motif in windows of eight sites."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rounds import Entry
from threads import in_turn

import artgen_fast
from artgen_fast.kernels import pair_counts
from pair_counts_contenders.workload import Engine, Workload, blocks, engines, row_bytes

SITES = 8
WINDOWS_AT_A_TIME = 64
"""The fastest of 16, 64, 256 and 1,024 tried."""


def entries(work: Workload) -> Iterator[Entry]:
    yield Entry("numpy bincount", np.__version__, lambda: of_bytes(work))
    for engine in _different(list(engines())):
        yield Entry(
            engine.name,
            artgen_fast.__version__,
            lambda engine=engine: pair_counts.motif_counts(work.panel, SITES, threads=work.threads, **engine.arguments),
            lambda counts: counts[:, 0],
        )


def _different(every: list[Engine]) -> list[Engine]:
    """The compiled motif counts are the same code in every instruction set: one stands for all."""
    compiled = [engine for engine in every if engine.arguments["backend"] == "compiled"]
    one = [engine._replace(name="artgen_fast compiled") for engine in compiled[:1]]
    return [*one, *(engine for engine in every if engine not in compiled)]


def of_bytes(work: Workload) -> npt.NDArray[np.int32]:
    """A window of eight sites is a byte: one bincount for some windows, each with counters of its own.

    Blocks of windows are shared out to threads.
    """
    rows = row_bytes(work.panel)
    n_windows = work.panel.n_sites // SITES
    counts = np.empty((n_windows, 1 << SITES), dtype=np.int32)

    def count(windows: slice) -> None:
        n = windows.stop - windows.start
        counter = rows[:, windows].astype(np.intp) + (np.arange(n) << SITES)
        counts[windows] = np.bincount(counter.ravel(), minlength=n << SITES).reshape(n, -1)

    in_turn(count, blocks(n_windows, WINDOWS_AT_A_TIME), work.threads)
    return counts
