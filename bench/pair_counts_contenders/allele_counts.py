"""Allele counts of haplotype-major bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rounds import Entry
from threads import on_threads

import artgen_fast
from artgen_fast.kernels import pair_counts
from pair_counts_contenders.workload import Workload, blocks, engines, row_bytes

ROWS_AT_A_TIME = 32
"""The fastest of 8, 32, 64, 128 and 255 tried: 255 is the most whose sums fit a byte."""


def entries(work: Workload) -> Iterator[Entry]:
    yield Entry("numpy unpack and sum", np.__version__, lambda: whole(work), about="one thread")
    yield Entry("numpy in blocks of rows", np.__version__, lambda: in_blocks(work))
    yield Entry(
        "artgen_fast Haplotypes",
        artgen_fast.__version__,
        lambda: work.panel.allele_counts(),
        about="Haplotypes.allele_counts(); one thread",
    )
    for engine in engines():
        yield Entry(
            engine.name,
            artgen_fast.__version__,
            lambda engine=engine: pair_counts.allele_counts(work.panel, threads=work.threads, **engine.arguments),
        )


def whole(work: Workload) -> npt.NDArray[np.int64]:
    """A byte an allele, then their sums."""
    alleles = np.unpackbits(row_bytes(work.panel), axis=1, count=work.panel.n_sites, bitorder="little")
    counts: npt.NDArray[np.int64] = alleles.sum(axis=0, dtype=np.int64)
    return counts


def in_blocks(work: Workload) -> npt.NDArray[np.int64]:
    """Few rows at a time, summed in bytes, so that all stays in the cache; rows are shared out to threads."""
    rows, n_sites = row_bytes(work.panel), work.panel.n_sites
    parts = np.zeros((work.threads, n_sites), dtype=np.int64)

    def count(part: int) -> None:
        for block in blocks(len(rows), ROWS_AT_A_TIME)[part :: work.threads]:
            alleles = np.unpackbits(rows[block], axis=1, count=n_sites, bitorder="little")
            parts[part] += np.add.reduce(alleles, axis=0, dtype=np.uint8)

    on_threads(count, range(work.threads))
    counts: npt.NDArray[np.int64] = parts.sum(axis=0)
    return counts
