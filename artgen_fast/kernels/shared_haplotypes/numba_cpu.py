"""The shared-haplotypes kernel compiled by Numba: a positional Burrows-Wheeler transform of the targets.

Site by site the targets are kept in the order of their alleles read backwards from there, so that those which share a
stretch up to the site lie side by side (Durbin 2014, Bioinformatics 30:1266). A query is a place in that order: the
range of targets that share its longest stretch so far. At the next site the range shrinks to those with its allele.
Where none is left the stretch is over; the query then lies between two targets, and the one that shares more is where
its next stretch and range begin.

A thread takes some of the queries over some of the contigs, and orders the targets for itself.
"""

from __future__ import annotations

import itertools

import numpy as np

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, population_count, read_only
from artgen_fast.kernels.numba_threads import share_blocks
from artgen_fast.kernels.shared_haplotypes.division import division

BLOCK_QUERIES = 64
"""Queries whose target is looked up by one thread at a time."""

_FEW_TARGETS = 64
"""Of so many targets that share a stretch the lowest index is taken when it ends, of more afterwards."""

_NOT_LOOKED_UP = -2
"""In the place of a target."""


@compiled
def _end_stretch(
    query: int,
    begin: int,
    end: int,
    positions: Int64Array,
    sharing: Int32Array,
    sites: Int32Array,
    base_pairs: Int64Array,
    begins: Int64Array,
    identical: Int64Array,
) -> None:
    """Keep the stretch over the sites [begin, end) of a query, shared by some targets, if it is the longest so far."""
    if end <= begin:
        return
    if end - begin > sites[query]:
        sites[query] = end - begin
        begins[query] = begin
        identical[query] = sharing.min() if len(sharing) <= _FEW_TARGETS else _NOT_LOOKED_UP
    base_pairs[query] = max(base_pairs[query], positions[end - 1] - positions[begin])


@compiled
def _highest_bit(word: np.uint64) -> int:
    """Place of the highest 1 of a word that has one."""
    for shift in (1, 2, 4, 8, 16, 32):
        word |= word >> np.uint64(shift)
    return int(population_count(word)) - 1


@compiled
def _shared_from(first: UInt64Array, second: UInt64Array, known: int, least: int) -> int:
    """Where the stretch begins that two rows share up to ``known``, but not before ``least``."""
    word = known >> 6
    differing = (first[word] ^ second[word]) & ((np.uint64(1) << np.uint64(known & 63)) - np.uint64(1))
    while not differing and 64 * word > least:
        word -= 1
        differing = first[word] ^ second[word]
    return max(least, 64 * word + _highest_bit(differing) + 1) if differing else least


@compiled
def _sort_by_allele(
    site: int,
    words: UInt64Array,
    order: Int32Array,
    shared_from: Int32Array,
    next_order: Int32Array,
    next_shared_from: Int32Array,
    zeros_before: Int32Array,
    one_order: Int32Array,
    one_shared_from: Int32Array,
) -> int:
    """Put targets with 0 at the site before those with 1, each as they were; returns how many have 0.

    ``words`` holds the site's bits of each target. ``zeros_before`` becomes how many of the targets before each place
    of the old order have 0. The last two arrays are scratch.
    """
    bit = np.uint64(site & 63)
    zeros, ones = 0, 0
    zero_from = one_from = site + 1
    for place in range(len(order)):
        row = order[place]
        begin = int(shared_from[place])
        zero_from = max(zero_from, begin)
        one_from = max(one_from, begin)
        zeros_before[place] = zeros
        if (words[row] >> bit) & np.uint64(1):
            one_order[ones] = row
            one_shared_from[ones] = one_from
            one_from = 0
            ones += 1
        else:
            next_order[zeros] = row
            next_shared_from[zeros] = zero_from
            zero_from = 0
            zeros += 1
    zeros_before[len(order)] = zeros
    next_order[zeros:] = one_order[:ones]
    next_shared_from[zeros:] = one_shared_from[:ones]
    return zeros


@compiled
def _narrow(
    words: UInt64Array,
    bit: int,
    zeros: int,
    zeros_before: Int32Array,
    first: Int32Array,
    last: Int32Array,
    ended: Int32Array,
    ended_first: Int32Array,
    ended_last: Int32Array,
) -> int:
    """Cut the range of targets of each query to those with its allele; returns how many ranges are empty then.

    ``words`` holds the site's bits of each query; of the targets ``zeros`` have 0, as many of them as ``zeros_before``
    says before each place of the old order. ``ended`` begins with the queries whose range is empty: it is the place
    that they would have among the targets. ``ended_first`` and ``ended_last`` begin with the ranges that they had.
    """
    n_ended = 0
    # Unsigned indices, since Numba would test signed ones for being negative; and no branches, since queries are in no
    # order and nobody could foresee their alleles.
    for query in range(np.uint64(len(first))):
        allele = (words[query] >> np.uint64(bit)) & np.uint64(1)
        zeros_first = zeros_before[np.uint64(first[query])]
        zeros_last = zeros_before[np.uint64(last[query])]
        new_first = np.int32(zeros) + first[query] - zeros_first if allele else zeros_first
        new_last = np.int32(zeros) + last[query] - zeros_last if allele else zeros_last
        ended_first[n_ended] = first[query]
        ended_last[n_ended] = last[query]
        first[query] = new_first
        last[query] = new_last
        ended[n_ended] = query
        n_ended += int(new_first == new_last)
    return n_ended


@compiled
def _begin_again(
    query: UInt64Array,
    targets: UInt64Array,
    site: int,
    place: int,
    low: int,
    high: int,
    least: int,
    order: Int32Array,
    shared_from: Int32Array,
) -> tuple[int, int, int]:
    """The longest stretch of a query up to and including a site, and the range of targets that share it.

    The targets with its allele there are those in places ``low`` … ``high - 1`` of the order, of which it would come
    before the one in ``place``. No target shares the stretch from ``least`` on.
    """
    if low == high:
        return site + 1, 0, len(order)
    if place == low:
        begin, above = _shared_from(query, targets[order[place]], site, least), False
    elif place == high:
        begin, above = _shared_from(query, targets[order[place - 1]], site, least), True
    else:
        # Between two targets a query shares what they share; where they part, it goes with one of them.
        known = int(shared_from[place])
        parting = known - 1
        upper = targets[order[place - 1]]
        differs = ((query[parting >> 6] ^ upper[parting >> 6]) >> np.uint64(parting & 63)) & np.uint64(1)
        above = not differs
        nearest = upper if above else targets[order[place]]
        begin = _shared_from(query, nearest, parting, least)
    if above:
        first = place - 1
        while first > low and shared_from[first] <= begin:
            first -= 1
        return begin, first, place
    last = place + 1
    while last < high and shared_from[last] <= begin:
        last += 1
    return begin, place, last


@compiled
def _follow(
    queries: UInt64Array,
    targets: UInt64Array,
    positions: Int64Array,
    bounds: Int64Array,
    sites: Int32Array,
    base_pairs: Int64Array,
    begins: Int64Array,
    identical: Int64Array,
) -> None:
    """Follow the queries over the contigs between the bounds; the last four arrays are updated."""
    n_queries, n_targets = len(queries), len(targets)
    order, next_order = np.arange(n_targets).astype(np.int32), np.empty(n_targets, dtype=np.int32)
    # Where the stretch that a target shares with the one before it in the order begins.
    shared_from, next_shared_from = np.empty(n_targets, dtype=np.int32), np.empty(n_targets, dtype=np.int32)
    one_order, one_shared_from = np.empty(n_targets, dtype=np.int32), np.empty(n_targets, dtype=np.int32)
    zeros_before = np.empty(n_targets + 1, dtype=np.int32)
    words, query_words = np.empty(n_targets, dtype=np.uint64), np.empty(n_queries, dtype=np.uint64)
    # Of each query where its longest stretch begins, and the places of the targets that share it.
    begin, first = np.empty(n_queries, dtype=np.int32), np.empty(n_queries, dtype=np.int32)
    last, ended = np.empty(n_queries, dtype=np.int32), np.empty(n_queries + 1, dtype=np.int32)
    ended_first, ended_last = np.empty(n_queries + 1, dtype=np.int32), np.empty(n_queries + 1, dtype=np.int32)
    word = -1
    for contig in range(len(bounds) - 1):
        contig_begin, contig_end = bounds[contig], bounds[contig + 1]
        shared_from[:] = contig_begin
        begin[:] = contig_begin
        first[:] = 0
        last[:] = n_targets
        for site in range(contig_begin, contig_end):
            if site >> 6 != word:
                word = site >> 6
                for target in range(n_targets):
                    words[target] = targets[target, word]
                for query in range(n_queries):
                    query_words[query] = queries[query, word]
            zeros = _sort_by_allele(
                site, words, order, shared_from, next_order, next_shared_from, zeros_before, one_order, one_shared_from
            )
            order, next_order = next_order, order
            shared_from, next_shared_from = next_shared_from, shared_from
            n_ended = _narrow(query_words, site & 63, zeros, zeros_before, first, last, ended, ended_first, ended_last)
            for at in range(n_ended):
                query = ended[at]
                old_begin = int(begin[query])
                sharing = next_order[ended_first[at] : ended_last[at]]
                _end_stretch(query, old_begin, site, positions, sharing, sites, base_pairs, begins, identical)
                allele = int((query_words[query] >> np.uint64(site & 63)) & np.uint64(1))
                low, high = (zeros, n_targets) if allele else (0, zeros)
                begin[query], first[query], last[query] = _begin_again(
                    queries[query], targets, site, int(first[query]), low, high, old_begin, order, shared_from
                )
        for query in range(n_queries):
            sharing = order[first[query] : last[query]]
            _end_stretch(query, begin[query], contig_end, positions, sharing, sites, base_pairs, begins, identical)


@compiled
def _first_identical(queries: UInt64Array, query: int, targets: UInt64Array, begin: int, end: int) -> int:
    """Lowest index of the targets that are identical to a query over the sites [begin, end)."""
    first_word, last_word = begin >> 6, (end - 1) >> 6
    every_bit = ~np.uint64(0)
    first_mask = every_bit << np.uint64(begin & 63)
    last_mask = every_bit >> np.uint64(63 - ((end - 1) & 63))
    for target in range(len(targets)):
        identical = True
        for word in range(first_word, last_word + 1):
            differing = queries[query, word] ^ targets[target, word]
            if word == first_word:
                differing &= first_mask
            if word == last_word:
                differing &= last_mask
            if differing:
                identical = False
                break
        if identical:
            return target
    return -1


@compiled
def _look_up(
    queries: UInt64Array,
    targets: UInt64Array,
    first_query: int,
    sites: Int32Array,
    begins: Int64Array,
    identical: Int64Array,
) -> None:
    for query in range(first_query, min(first_query + BLOCK_QUERIES, len(queries))):
        if identical[query] == _NOT_LOOKED_UP:
            begin = begins[query]
            identical[query] = _first_identical(queries, query, targets, begin, begin + sites[query])


def longest_shared(
    queries: UInt64Array, targets: UInt64Array, positions: Int64Array, bounds: Int64Array, threads: int = 1
) -> tuple[Int32Array, Int64Array, Int64Array, Int64Array]:
    """Sites and base pairs of the longest stretches of each query, first site and target of the one of most sites."""
    queries, targets = read_only(queries), read_only(targets)
    cuts, edges = division(len(queries), len(targets), bounds, threads)
    parts = [bounds[first : last + 1] for first, last in itertools.pairwise(cuts)]
    chunks = [slice(first, last) for first, last in itertools.pairwise(edges)]
    n_queries = len(queries)
    sites, base_pairs = np.zeros((len(parts), n_queries), np.int32), np.zeros((len(parts), n_queries), np.int64)
    begins = np.full((len(parts), n_queries), -1, dtype=np.int64)
    targets_of = np.full((len(parts), n_queries), -1, dtype=np.int64)

    def follow(_: int, task: int) -> None:
        part, chunk = divmod(task, len(chunks))
        rows = chunks[chunk]
        answers = sites[part, rows], base_pairs[part, rows], begins[part, rows], targets_of[part, rows]
        _follow(queries[rows], targets, positions, parts[part], *answers)

    share_blocks(len(parts) * len(chunks), 1, threads, follow)
    # Of stretches of one length the first counts: argmax gives the first part.
    best = sites.argmax(axis=0)[None]
    most, begin, identical = (np.take_along_axis(each, best, 0)[0] for each in (sites, begins, targets_of))
    share_blocks(
        n_queries,
        BLOCK_QUERIES,
        threads,
        lambda _, first_query: _look_up(queries, targets, first_query, most, begin, identical),
    )
    return most, base_pairs.max(axis=0), begin, identical
