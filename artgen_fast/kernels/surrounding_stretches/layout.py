"""Where hidden sites lie among observed ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from artgen_fast.array_types import BoolArray, Int64Array


class Layout(NamedTuple):
    """Where the hidden sites lie among the observed ones, which are numbered from 0 and are the bits of words."""

    sites: Int64Array
    """int64 of shape (observed sites,): their indices in the panel."""
    before: Int64Array
    """int64 of shape (observed sites + 2,): how many hidden sites are followed by an observed one of a lower number
    than this, or by none. A hidden site belongs to the word of the observed site that follows it."""
    begin: Int64Array
    """int64 of shape (contigs,): number of the first observed site of each contig that has hidden sites."""
    end: Int64Array
    """int64 of shape (contigs,): number of the observed site after its last one."""
    hidden_begin: Int64Array
    """int64 of shape (contigs,): number of its first hidden site."""
    hidden_end: Int64Array
    """int64 of shape (contigs,): number of the hidden site after its last one."""

    @classmethod
    def of(cls, observed: BoolArray, hidden: Int64Array, bounds: Int64Array) -> Layout:
        """Number the observed sites."""
        sites = np.flatnonzero(observed)
        numbers = np.searchsorted(sites, hidden)
        begin, hidden_begin = np.searchsorted(sites, bounds), np.searchsorted(hidden, bounds)
        used = np.diff(hidden_begin) > 0
        return cls(
            sites=sites,
            before=np.searchsorted(numbers, np.arange(len(sites) + 2)),
            begin=begin[:-1][used],
            end=begin[1:][used],
            hidden_begin=hidden_begin[:-1][used],
            hidden_end=hidden_begin[1:][used],
        )

    @property
    def words(self) -> int:
        """Words of a row; the hidden sites behind the last observed one have one as well."""
        return len(self.sites) // 64 + 1
