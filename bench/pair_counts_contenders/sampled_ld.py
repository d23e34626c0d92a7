"""r² of sampled pairs of sites: ours, NumPy on packed bits, scikit-allel and plink."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rounds import Entry, Truth
from threads import in_turn

import artgen_fast
from artgen_fast.kernels import pair_counts
from pair_counts_contenders import pairs, plink
from pair_counts_contenders.pairs import Pairs
from pair_counts_contenders.workload import Workload, blocks, engines

Float64Array = npt.NDArray[np.float64]

SCIKIT_ALLEL_SITES = 300
"""All pairs of so many sites, spread over the panel: 44,850."""

MANY_PAIRS, CACHED_PAIRS = 65_536, 512
"""Pairs that NumPy gathers at a time: few calls, or all in the cache (the fastest of 64, 128, …, 4,096 tried)."""


def along_chains(work: Workload) -> Iterator[Entry]:
    """Pairs drawn in chains from random starts, some of them several times."""
    return _entries(work, pairs.chains(work.panel, work.n_pairs))


def along_different_chains(work: Workload) -> Iterator[Entry]:
    """Pairs drawn as ``artgen evaluate`` draws them."""
    return _entries(work, pairs.different_chains(work.panel, work.n_pairs))


def of_distinct_pairs(work: Workload) -> Iterator[Entry]:
    """Pairs none of which repeats."""
    return _entries(work, pairs.distinct(work.panel, work.n_pairs))


def _entries(work: Workload, sampled: Pairs) -> Iterator[Entry]:
    n = len(sampled.first)
    for size, name in ((MANY_PAIRS, "numpy packed"), (CACHED_PAIRS, "numpy packed, small blocks")):
        yield Entry(name, np.__version__, lambda size=size: packed_r2(work, sampled, size), units=n)
    if importlib.util.find_spec("allel"):
        yield scikit_allel(work)
    if plink.executable() is not None:
        yield from plink.entries(work)
    for engine in engines():
        yield Entry(
            engine.name,
            artgen_fast.__version__,
            lambda engine=engine: pair_counts.r2(work.by_site, *sampled, work.threads, **engine.arguments),
            units=n,
        )


def packed_r2(work: Workload, sampled: Pairs, at_a_time: int) -> Float64Array:
    """Gather the rows of two sites, AND, bitwise_count, sum; blocks of pairs are shared out to threads."""
    panel, first, second = work.by_site, sampled.first, sampled.second
    joint = np.empty(len(first), dtype=np.int64)
    # The smallest type that holds a count is the fastest to sum in.
    count_type = np.min_scalar_type(panel.n_haplotypes)

    def count(block: slice) -> None:
        shared = panel.bits[first[block]] & panel.bits[second[block]]
        joint[block] = np.bitwise_count(shared).sum(axis=1, dtype=count_type)

    in_turn(count, blocks(len(first), at_a_time), work.threads)
    return r2_of_counts(joint, panel.total[first], panel.total[second], panel.n_haplotypes)


def r2_of_counts(
    joint: npt.NDArray[np.int64], p: npt.NDArray[np.int64], q: npt.NDArray[np.int64], n: int
) -> Float64Array:
    """r² = (n·n₁₁ - pq)² / (p(n - p)·q(n - q)), rounded as ours is; NaN where a site is fixed."""
    covariance = (n * joint - p * q).astype(np.float64)
    variances = (p * (n - p)).astype(np.float64) * (q * (n - q)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        values: Float64Array = covariance * covariance / variances
    return values


def scikit_allel(work: Workload) -> Entry:
    """rogers_huff_r of alleles in place of genotypes: r in single precision, on one thread, of all pairs of few sites.

    Squaring it is not timed.
    """
    import allel

    sites = np.linspace(0, work.panel.n_sites - 1, SCIKIT_ALLEL_SITES).astype(np.int64)
    n = len(work.panel)
    alleles = np.unpackbits(work.by_site.bits[sites].view(np.uint8), axis=1, count=n, bitorder="little").astype(np.int8)
    first, second = np.triu_indices(len(sites), 1)
    counts = alleles.sum(axis=1, dtype=np.int64)
    joint = (alleles.astype(np.float64) @ alleles.T.astype(np.float64)).astype(np.int64)[first, second]
    exact = r2_of_counts(joint, counts[first], counts[second], n)
    # It takes cov = E[xy] - E[x]E[y] and the two variances likewise, of means of at most 1 in single precision: each is
    # off by a few roundings of 1, and r = cov / √(variances) by these over the true variances, which are small where an
    # allele is rare.
    variance = counts / n * (1 - counts / n)
    v, w = variance[first], variance[second]
    rounding = 4 * np.finfo(np.float32).eps
    with np.errstate(divide="ignore", invalid="ignore"):
        off = rounding * (1 / np.sqrt(v * w) + 1 / (2 * v) + 1 / (2 * w) + 1)
    return Entry(
        "scikit-allel",
        importlib.metadata.version("scikit-allel"),
        lambda: allel.rogers_huff_r(alleles),
        lambda r: np.asarray(r, dtype=np.float64) ** 2,
        Truth(exact, off * (2 * np.sqrt(exact) + off)),
        units=len(first),
        about=f"r in single precision of all pairs of {len(sites)} sites; one thread",
    )
