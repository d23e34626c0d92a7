"""Haplotype-major bits to site-major bits. Ours counts each site's alleles as well, in the same time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rounds import Entry
from threads import in_turn

import artgen_fast
from artgen_fast.haplotypes import words_for
from artgen_fast.kernels import pair_counts
from pair_counts_contenders.workload import Workload, blocks, engines, row_bytes

SITES_AT_A_TIME = 64
"""The fastest of 64, 256, 512 and 2,048 sites, and of 64 and 256 rows, tried."""


def entries(work: Workload) -> Iterator[Entry]:
    yield Entry("numpy", np.__version__, lambda: turned(work, work.panel.n_sites), about="one thread")
    yield Entry("numpy in blocks of sites", np.__version__, lambda: turned(work, SITES_AT_A_TIME))
    for engine in engines():
        yield Entry(
            engine.name,
            artgen_fast.__version__,
            lambda engine=engine: pair_counts.site_major(work.panel, threads=work.threads, **engine.arguments),
            lambda panel: panel.bits,
            about="and the allele counts of the sites",
        )


def turned(work: Workload, at_a_time: int) -> npt.NDArray[np.uint64]:
    """unpackbits, transpose, packbits; blocks of sites are shared out to threads."""
    rows, n_sites = row_bytes(work.panel), work.panel.n_sites
    bits = np.zeros((n_sites, words_for(len(rows)) * 8), dtype=np.uint8)

    def turn(sites: slice) -> None:
        of_sites = rows[:, sites.start // 8 : -(-sites.stop // 8)]
        alleles = np.unpackbits(of_sites, axis=1, count=sites.stop - sites.start, bitorder="little")
        bits[sites, : -(-len(rows) // 8)] = np.packbits(np.ascontiguousarray(alleles.T), axis=1, bitorder="little")

    in_turn(turn, blocks(n_sites, at_a_time), work.threads)
    return bits.view(np.uint64)
