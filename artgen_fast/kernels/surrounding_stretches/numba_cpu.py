"""The kernel of stretches around hidden sites compiled by Numba: a pass to the right and one to the left a target.

The observed sites are first laid out anew, so that the next word begins at every hidden site. Passing over the words,
the last difference to the left of each hidden site is known when its word is reached, and on the way back the first one
to the right. A thread takes a query at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.kernels.numba_functions import compiled, leading_zeros, read_only, trailing_zeros
from artgen_fast.kernels.numba_threads import share_blocks

BoolArray = npt.NDArray[np.bool_]
UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


class _Layout(NamedTuple):
    """Where the observed sites, numbered from 0, lie in the words of the new layout."""

    sites: Int64Array
    """int64 of shape (observed sites,): their indices in the panel."""
    bits: Int64Array
    """int64 of shape (observed sites,): 64 × word + bit."""
    first_observed: Int64Array
    """int64 of shape (words,): the number of the observed site at bit 0."""
    word: Int64Array
    """int64 of shape (hidden sites,): the word that begins at each hidden site."""
    begin: Int64Array
    """int64 of shape (hidden sites,): number of the first observed site of its contig."""
    end: Int64Array
    """int64 of shape (hidden sites,): number of the observed site after the last one of its contig."""

    @classmethod
    def around(cls, observed: BoolArray, hidden: Int64Array, bounds: Int64Array) -> _Layout:
        """Begin the next word at each hidden site."""
        sites = np.flatnonzero(observed)
        before = np.searchsorted(sites, hidden)
        edges = np.unique(np.concatenate([np.zeros(1, dtype=np.int64), before, np.array([len(sites)])]))
        words = -(-np.diff(edges) // 64)
        first_word = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(words)])
        numbers = np.arange(len(sites))
        part = np.searchsorted(edges, numbers, side="right") - 1
        contig = np.searchsorted(bounds, hidden, side="right") - 1
        return cls(
            sites=sites,
            bits=64 * first_word[part] + numbers - edges[part],
            first_observed=np.repeat(edges[:-1] - 64 * first_word[:-1], words) + 64 * np.arange(first_word[-1]),
            word=first_word[np.searchsorted(edges, before)],
            begin=np.searchsorted(sites, bounds[contig]),
            end=np.searchsorted(sites, bounds[contig + 1]),
        )


@compiled
def _lay_out(row: UInt64Array, sites: Int64Array, bits: Int64Array, words: UInt64Array) -> None:
    """Copy the observed sites of a row to their new places; ``words`` begins with zeros."""
    for number in range(len(sites)):
        site, bit = sites[number], bits[number]
        words[bit >> 6] |= ((row[site >> 6] >> np.uint64(site & 63)) & np.uint64(1)) << np.uint64(bit & 63)


@compiled
def _search(
    query: UInt64Array,
    targets: UInt64Array,
    n_observed: int,
    first_observed: Int64Array,
    word_of: Int64Array,
    begin: Int64Array,
    end: Int64Array,
    lengths: Int32Array,
    nearest: Int32Array,
) -> None:
    """Fill ``lengths`` and ``nearest``, of shape (hidden sites, k), for a query."""
    n_hidden, k = lengths.shape
    n_words = len(first_observed)
    lengths[:] = -1
    left, least = np.empty(n_hidden, dtype=np.int64), np.full(n_hidden, -1, dtype=np.int64)
    for target in range(len(targets)):
        alleles = targets[target]
        word, shared_from = 0, 0
        for place in range(n_hidden):
            while word < word_of[place]:
                differing = query[word] ^ alleles[word]
                beyond = first_observed[word] + 64 - int(leading_zeros(differing))
                shared_from = beyond if differing else shared_from
                word += 1
            left[place] = max(shared_from, begin[place])
        word, shared_to = n_words, n_observed
        for place in range(n_hidden - 1, -1, -1):
            while word > word_of[place]:
                word -= 1
                differing = query[word] ^ alleles[word]
                difference = first_observed[word] + int(trailing_zeros(differing))
                shared_to = difference if differing else shared_to
            length = min(shared_to, end[place]) - left[place]
            if length > least[place]:
                rank = k - 1
                while rank > 0 and lengths[place, rank - 1] < length:
                    lengths[place, rank] = lengths[place, rank - 1]
                    nearest[place, rank] = nearest[place, rank - 1]
                    rank -= 1
                lengths[place, rank] = length
                nearest[place, rank] = target
                least[place] = lengths[place, k - 1]


def longest_around(
    queries: UInt64Array,
    targets: UInt64Array,
    observed: BoolArray,
    hidden: Int64Array,
    bounds: Int64Array,
    k: int,
    threads: int = 1,
) -> tuple[Int32Array, Int32Array]:
    """Lengths and targets of the k longest stretches, int32 of shape (queries, hidden sites, k) each."""
    layout = _Layout.around(observed, hidden, bounds)

    def laid_out(rows: UInt64Array) -> UInt64Array:
        turned, words = read_only(rows), np.zeros((len(rows), len(layout.first_observed)), dtype=np.uint64)
        share_blocks(len(rows), 1, threads, lambda _, row: _lay_out(turned[row], layout.sites, layout.bits, words[row]))
        return words

    query_words, target_words = laid_out(queries), laid_out(targets)
    lengths = np.empty((len(queries), len(hidden), k), dtype=np.int32)
    nearest = np.empty_like(lengths)

    def search(_: int, query: int) -> None:
        _search(
            query_words[query], target_words, len(layout.sites), layout.first_observed, layout.word, layout.begin,
            layout.end, lengths[query], nearest[query],
        )  # fmt: skip

    share_blocks(len(queries), 1, threads, search)
    return lengths, nearest
