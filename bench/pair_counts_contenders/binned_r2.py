"""Mean r² over all pairs of sites of every two bins: the LD heat map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rounds import Entry, Truth

import artgen_fast
from artgen_fast.kernels import pair_counts
from pair_counts_contenders.workload import Workload, blocks, engines

SITES = 10_000
BINS = 250
BINS_AT_A_TIME = 25
"""Of BLAS, so that only pairs of this block or later ones are computed: 55 % of all."""


def entries(work: Workload) -> Iterator[Entry]:
    n_sites = min(SITES, work.panel.n_sites)
    edges = np.linspace(0, n_sites, BINS + 1).astype(np.int64)
    panel = pair_counts.site_major(work.panel[:, :n_sites])
    standardised, varies = _standardised(panel)
    exact = pair_counts.binned_r2(panel, edges, backend=next(engines()).arguments["backend"]).mean
    yield Entry(
        "numpy BLAS",
        np.__version__,
        lambda: dense(standardised, varies, edges),
        # A dot product of n numbers is off by at most n roundings of the vectors' lengths, here 1, in whatever order it
        # is summed; standardising and binning add the roundings of a few hundred more. r² doubles them.
        truth=Truth(exact, 2 * (panel.n_haplotypes + 500) * float(np.finfo(np.float32).eps)),
        about="r² in single precision; standardising is not timed",
    )
    for engine in engines():
        yield Entry(
            engine.name,
            artgen_fast.__version__,
            lambda engine=engine: pair_counts.binned_r2(panel, edges, threads=work.threads, **engine.arguments),
            lambda binned: binned.mean,
        )


def _standardised(panel: pair_counts.SiteMajor) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Sites of mean 0 and length 1, float32 of shape (sites, haplotypes), 0 where fixed; and which are not fixed."""
    n = panel.n_haplotypes
    frequency = panel.total / n
    varies = (panel.total > 0) & (panel.total < n)
    length = np.sqrt(n * frequency * (1 - frequency), where=varies, out=np.ones(len(frequency)))
    alleles = np.unpackbits(panel.bits.view(np.uint8), axis=1, count=n, bitorder="little").astype(np.float32)
    alleles -= frequency[:, None].astype(np.float32)
    alleles *= (varies / length)[:, None].astype(np.float32)
    return alleles, varies


def dense(
    standardised: npt.NDArray[np.float32], varies: npt.NDArray[np.bool_], edges: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Squared correlations of a block of bins with itself and all later ones by one matrix product; sums by bin."""
    n_bins = len(edges) - 1
    sums = np.zeros((n_bins, n_bins))
    for bins in blocks(n_bins, BINS_AT_A_TIME):
        begin = edges[bins.start]
        squares = standardised[begin : edges[bins.stop]] @ standardised[begin:].T
        squares *= squares
        by_row = np.add.reduceat(squares, edges[bins] - begin, axis=0)
        sums[bins, bins.start :] = np.add.reduceat(by_row, edges[bins.start : -1] - begin, axis=1)
    varying = np.add.reduceat(varies.astype(np.int64), edges[:-1])
    pairs = np.outer(varying, varying)
    upper = np.triu(sums, 1)
    both = upper + upper.T
    # Of a bin with itself each pair counts once, and no site with itself.
    np.fill_diagonal(both, (np.diagonal(sums) - varying) / 2)
    np.fill_diagonal(pairs, varying * (varying - 1) // 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: npt.NDArray[np.float64] = np.where(pairs > 0, both / pairs, np.nan)
    return mean
