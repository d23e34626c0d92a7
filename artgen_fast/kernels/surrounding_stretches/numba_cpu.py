"""The kernel of stretches around hidden sites compiled by Numba: one pass over the words of a target.

Between two neighbouring differences of a query and a target lies a stretch that is the same for every hidden site in
it. Most stretches are short, and few targets come among the longest k: of each word the shortest length that one of its
hidden sites still takes is kept, and shorter stretches are passed by. Within a word none is longer than 62 sites, so
that soon only its first and its last difference are looked at. A thread takes a query at a time.
"""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import BoolArray, Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, leading_zeros, read_only, trailing_zeros
from artgen_fast.kernels.numba_threads import share_blocks
from artgen_fast.kernels.surrounding_stretches.layout import Layout

_NOWHERE = np.iinfo(np.int32).max
"""The shortest length that a word without hidden sites takes."""


@compiled
def _lay_out(row: UInt64Array, sites: Int64Array, words: UInt64Array) -> None:
    """Copy the observed sites of a row next to each other; ``words`` begins with zeros."""
    for number in range(len(sites)):
        site = sites[number]
        words[number >> 6] |= ((row[site >> 6] >> np.uint64(site & 63)) & np.uint64(1)) << np.uint64(number & 63)


@compiled
def _shortest(place: int, end: int, lengths: Int32Array) -> int:
    """The shortest of the lengths that some hidden sites have at their last rank."""
    shortest = _NOWHERE
    for each in range(place, end):
        shortest = min(shortest, lengths[each, -1])
    return shortest


@compiled
def _offer(
    target: int,
    last: int,
    following: int,
    first_hidden: int,
    hidden_end: int,
    before: Int64Array,
    shortest: Int32Array,
    lengths: Int32Array,
    nearest: Int32Array,
) -> None:
    """Offer the stretch between two differences to the hidden sites in it, of those of its contig."""
    length = following - last - 1
    for word in range((last + 1) >> 6, (following >> 6) + 1):
        if length <= shortest[word]:
            continue
        of_word, next_word = before[64 * word], before[min(64 * (word + 1), len(before) - 1)]
        taken = False
        for place in range(
            max(before[last + 1], first_hidden, of_word), min(before[following + 1], hidden_end, next_word)
        ):
            rank = lengths.shape[1] - 1
            if length <= lengths[place, rank]:
                continue
            while rank > 0 and lengths[place, rank - 1] < length:
                lengths[place, rank] = lengths[place, rank - 1]
                nearest[place, rank] = nearest[place, rank - 1]
                rank -= 1
            lengths[place, rank] = length
            nearest[place, rank] = target
            taken = True
        if taken:
            shortest[word] = _shortest(of_word, next_word, lengths)


@compiled
def _search(
    query: UInt64Array,
    targets: UInt64Array,
    before: Int64Array,
    begins: Int64Array,
    ends: Int64Array,
    hidden_begins: Int64Array,
    hidden_ends: Int64Array,
    lengths: Int32Array,
    nearest: Int32Array,
) -> None:
    """Fill ``lengths`` and ``nearest``, of shape (hidden sites, k), for a query."""
    lengths[:] = -1
    n_words = len(query)
    all_bits = np.uint64(0xFFFFFFFFFFFFFFFF)
    shortest = np.empty(n_words, dtype=np.int32)
    for word in range(n_words):
        shortest[word] = _shortest(before[64 * word], before[min(64 * (word + 1), len(before) - 1)], lengths)
    for target in range(len(targets)):
        alleles = targets[target]
        for contig in range(len(begins)):
            begin, end, first, stop = begins[contig], ends[contig], hidden_begins[contig], hidden_ends[contig]
            last = begin - 1  # the last difference
            for word in range(begin >> 6, (end + 63) >> 6):
                differing = query[word] ^ alleles[word]
                if word == begin >> 6:
                    differing &= all_bits << np.uint64(begin & 63)
                if word == end >> 6:
                    differing &= ~(all_bits << np.uint64(end & 63))
                if differing == np.uint64(0):
                    continue
                difference = 64 * word + int(trailing_zeros(differing))
                earlier, length = (last + 1) >> 6, difference - last - 1
                if length > shortest[word] or length > shortest[earlier] or word > earlier + 1:
                    _offer(target, last, difference, first, stop, before, shortest, lengths, nearest)
                last = 64 * word + 63 - int(leading_zeros(differing))
                if last - difference - 1 <= shortest[word]:
                    continue
                differing &= differing - np.uint64(1)
                while differing != np.uint64(0):
                    following = 64 * word + int(trailing_zeros(differing))
                    if following - difference - 1 > shortest[word]:
                        _offer(target, difference, following, first, stop, before, shortest, lengths, nearest)
                    difference = following
                    differing &= differing - np.uint64(1)
            _offer(target, last, end, first, stop, before, shortest, lengths, nearest)


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
    layout = Layout.of(observed, hidden, bounds)

    def laid_out(rows: UInt64Array) -> UInt64Array:
        turned, words = read_only(rows), np.zeros((len(rows), layout.words), dtype=np.uint64)
        share_blocks(len(rows), 1, threads, lambda _, row: _lay_out(turned[row], layout.sites, words[row]))
        return words

    query_words, target_words = laid_out(queries), laid_out(targets)
    lengths = np.empty((len(queries), len(hidden), k), dtype=np.int32)
    nearest = np.empty_like(lengths)

    def search(_: int, query: int) -> None:
        _search(query_words[query], target_words, *layout[1:], lengths[query], nearest[query])

    share_blocks(len(queries), 1, threads, search)
    return lengths, nearest
