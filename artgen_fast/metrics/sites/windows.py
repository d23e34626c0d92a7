"""Windows along the contigs of a panel, none across two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from artgen_fast.array_types import Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Sites
from artgen_fast.metrics.sites.contigs import contig_borders
from artgen_fast.whole_numbers import whole_number

MOST_WINDOWS = 100

_BEGINS, _ENDS = slice(None, -1), slice(1, None)


@dataclass(frozen=True, slots=True, eq=False)
class SiteWindows:
    """Windows of consecutive sites.

    Attributes
    ----------
    begin, end : int64 arrays of shape (windows,)
        A window holds the sites ``begin`` … ``end - 1``; it may be empty where windows are of equal length.
    contig : tuple of str
    first_position, last_position : int64 arrays of shape (windows,)
        Positions that a window reaches from and to: of its first and last site, or its ends where windows are of equal
        length.
    """

    begin: Int64Array
    end: Int64Array
    contig: tuple[str, ...]
    first_position: Int64Array
    last_position: Int64Array

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def sites(self) -> Int64Array:
        """Number of sites of each window."""
        return self.end - self.begin


def contig_windows(sites: Sites) -> SiteWindows:
    """One window a contig: each run of sites of one contig."""
    borders = contig_borders(sites)
    begin = np.concatenate([np.zeros(1, dtype=np.int64), borders])
    return _of_sites(sites, begin, np.concatenate([borders, np.array([len(sites)])]))


def even_windows(sites: Sites, n_windows: int, unit: Literal["sites", "bp"] = "sites") -> SiteWindows:
    """Share windows out among the contigs by their size, and cut each contig into as many even ones.

    Parameters
    ----------
    sites : Sites
    n_windows : int
        Number of windows aimed at, 1 … 100. A contig smaller than half a window gets none.
    unit : {"sites", "bp"}
        Whether the windows of a contig have about equally many sites or are equally long in base pairs.

    Raises
    ------
    InputError
        If an argument has another value, or the positions of a contig descend and windows are asked for by base pairs.
    """
    number = whole_number(n_windows)
    if number is None or not 1 <= number <= MOST_WINDOWS:
        raise InputError(f"n_windows must be a whole number from 1 to {MOST_WINDOWS}; got {n_windows!r}.")
    if unit not in ("sites", "bp"):
        raise InputError(f"unit must be 'sites' or 'bp'; got {unit!r}.")
    contigs = contig_windows(sites)
    position = sites.position
    if unit == "bp":
        descends = np.flatnonzero(np.diff(position) < 0) + 1
        if not np.all(np.isin(descends, contigs.begin)):
            raise InputError(
                "windows in base pairs need sites in the order of their positions; "
                f"those of contig '{sites.contig[descends[0]]}' descend. Sort the sites, or use windows in sites."
            )
        sizes = contigs.last_position - contigs.first_position + 1
    else:
        sizes = contigs.sites
    counts = np.rint(number * sizes / sizes.sum()).astype(np.int64)
    if unit == "sites":
        edges = [
            first + _even_edges(size, min(count, size))
            for first, size, count in zip(contigs.begin, contigs.sites, counts, strict=True)
        ]
        return _of_sites(sites, *(np.concatenate([each[ends] for each in edges]) for ends in (_BEGINS, _ENDS)))
    ends = [
        first + _even_edges(size, count)
        for first, size, count in zip(contigs.first_position, sizes, counts, strict=True)
    ]
    edges = [
        begin + np.searchsorted(position[begin:end], each)
        for begin, end, each in zip(contigs.begin, contigs.end, ends, strict=True)
    ]
    return SiteWindows(
        begin=np.concatenate([each[_BEGINS] for each in edges]),
        end=np.concatenate([each[_ENDS] for each in edges]),
        contig=tuple(contig for contig, count in zip(contigs.contig, counts, strict=True) for _ in range(count)),
        first_position=np.concatenate([each[_BEGINS] for each in ends]),
        last_position=np.concatenate([each[_ENDS] for each in ends]) - 1,
    )


def sized_windows(sites: Sites, size: int) -> SiteWindows:
    """Windows of a number of sites: each contig cut into as many even ones as it has room for, or one.

    A contig smaller than half of that, or of the largest contig where all are smaller, gets none: what is measured in
    so few sites is not like what is measured in the others. Where there are more than 100 windows, an even selection of
    100 of them.
    """
    contigs = contig_windows(sites)
    fewest = min(size, int(contigs.sites.max())) / 2
    edges = [
        first + _even_edges(length, max(1, length // size))
        for first, length in zip(contigs.begin, contigs.sites, strict=True)
        if length >= fewest
    ]
    begin, end = (np.concatenate([each[ends] for each in edges]) for ends in (_BEGINS, _ENDS))
    kept = np.arange(min(len(begin), MOST_WINDOWS)) * len(begin) // min(len(begin), MOST_WINDOWS)
    return _of_sites(sites, begin[kept], end[kept])


def _of_sites(sites: Sites, begin: Int64Array, end: Int64Array) -> SiteWindows:
    """Windows that each hold a site and reach from their first to their last one."""
    contig = tuple(str(name) for name in sites.contig[begin])
    return SiteWindows(begin, end, contig, sites.position[begin], sites.position[end - 1])


def _even_edges(size: int, count: int) -> Int64Array:
    """Edges of so many windows of a size, int64 of shape (count + 1,), from 0."""
    edges: Int64Array = np.arange(count + 1, dtype=np.int64) * size // max(count, 1)
    return edges
