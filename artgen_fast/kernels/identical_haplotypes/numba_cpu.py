"""Identical haplotypes compiled by Numba: classes are split site by site, touching only haplotypes of one allele.

At each site the haplotypes of the rarer allele leave their classes; most sites have few. Sums over all classes follow
from the sizes of those that are split. A thread takes a walk or a window at a time.
"""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels.numba_functions import compiled, population_count, read_only
from artgen_fast.kernels.numba_threads import share_blocks


@compiled
def _lowest_bit(word: np.uint64) -> int:
    """Place of the lowest 1 of a word that has one."""
    return int(population_count((word & (~word + np.uint64(1))) - np.uint64(1)))


@compiled
def _split(
    site: UInt64Array,
    kept: UInt64Array,
    group_of_word: Int64Array,
    class_of: Int32Array,
    sizes: Int64Array,
    group_sizes: Int64Array,
    n_classes: int,
    leaving: Int64Array,
    new_class: Int64Array,
    touched: Int64Array,
    pairs: Int64Array,
) -> int:
    """Split every class by the alleles at a site; returns the number of classes.

    Of the haplotypes that ``kept`` has, ``class_of`` holds the class, by bit. ``sizes`` (classes,), ``group_sizes``
    (classes, groups) and ``pairs`` (1 + groups,) are updated; a new class finds 0 there. ``leaving`` (classes,) is all
    0 before and after, the other arrays are scratch.
    """
    n_kept, n_ones = 0, 0
    for word in range(len(kept)):
        n_kept += int(population_count(kept[word]))
        n_ones += int(population_count(kept[word] & site[word]))
    if n_ones == 0 or n_ones == n_kept:
        return n_classes
    flip = ~np.uint64(0) if 2 * n_ones > n_kept else np.uint64(0)
    n_touched = 0
    for word in range(len(kept)):
        left = kept[word] & (site[word] ^ flip)
        while left:
            place = class_of[64 * word + _lowest_bit(left)]
            left &= left - np.uint64(1)
            if leaving[place] == 0:
                touched[n_touched] = place
                n_touched += 1
            leaving[place] += 1
    for i in range(n_touched):
        old = touched[i]
        new_class[old] = old
        if leaving[old] < sizes[old]:
            new_class[old] = n_classes
            sizes[n_classes] = leaving[old]
            n_classes += 1
    for word in range(len(kept)):
        left = kept[word] & (site[word] ^ flip)
        while left:
            bit = 64 * word + _lowest_bit(left)
            left &= left - np.uint64(1)
            new = new_class[class_of[bit]]
            if new != class_of[bit]:
                class_of[bit] = new
                if group_sizes.shape[1]:
                    group_sizes[new, group_of_word[word]] += 1
    for i in range(n_touched):
        old = touched[i]
        new = new_class[old]
        leaving[old] = 0
        if new == old:
            continue
        sizes[old] -= sizes[new]
        pairs[0] -= sizes[new] * sizes[old]
        for group in range(group_sizes.shape[1]):
            group_sizes[old, group] -= group_sizes[new, group]
            pairs[1 + group] -= (sizes[new] - group_sizes[new, group]) * (sizes[old] - group_sizes[old, group])
    return n_classes


@compiled
def _walk(
    bits: UInt64Array,
    held: UInt64Array,
    group_of_word: Int64Array,
    n_groups: int,
    core: int,
    allele: int,
    end: int,
    least: float,
    steps: Int64Array,
) -> int:
    """Fill ``steps``, of shape (sites, groups + 1), with the pairs that are left at each site; returns how many."""
    kept = np.empty_like(held)
    n_carriers = 0
    carriers = np.zeros(n_groups, dtype=np.int64)
    for word in range(len(held)):
        kept[word] = held[word] & (bits[core, word] if allele else ~bits[core, word])
        count = int(population_count(kept[word]))
        n_carriers += count
        if count:
            carriers[group_of_word[word]] += count
    class_of = np.zeros(64 * len(held), dtype=np.int32)
    sizes, group_sizes = np.zeros(n_carriers + 1, dtype=np.int64), np.zeros((n_carriers + 1, n_groups), dtype=np.int64)
    leaving, new_class = np.zeros(n_carriers + 1, dtype=np.int64), np.empty(n_carriers + 1, dtype=np.int64)
    touched = np.empty(n_carriers + 1, dtype=np.int64)
    sizes[0], group_sizes[0] = n_carriers, carriers
    steps[0, 0] = n_carriers * (n_carriers - 1) // 2
    for group in range(n_groups):
        steps[0, 1 + group] = (n_carriers - carriers[group]) * (n_carriers - carriers[group] - 1) // 2
    pairs = steps[0].copy()
    n_classes, direction = 1, 1 if end > core else -1
    for step in range(abs(end - core)):
        if step:
            n_classes = _split(
                bits[core + direction * step], kept, group_of_word, class_of, sizes, group_sizes, n_classes,
                leaving, new_class, touched, pairs,
            )  # fmt: skip
            steps[step] = pairs
        over = True
        for column in range(n_groups + 1):
            if steps[0, column] and pairs[column] >= least * steps[0, column]:
                over = False
        if over:
            return step + 1
    return abs(end - core)


@compiled
def _sort(bits: UInt64Array, held: UInt64Array, begin: int, end: int, classes: Int32Array) -> None:
    """Fill ``classes``, of shape (haplotypes,), with the classes of a window, numbered by first appearance."""
    n_haplotypes = len(classes)
    class_of = np.zeros(64 * len(held), dtype=np.int32)
    sizes, group_sizes = np.zeros(n_haplotypes + 1, dtype=np.int64), np.zeros((n_haplotypes + 1, 0), dtype=np.int64)
    leaving, new_class = np.zeros(n_haplotypes + 1, dtype=np.int64), np.empty(n_haplotypes + 1, dtype=np.int64)
    touched, no_group = np.empty(n_haplotypes + 1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    pairs = np.zeros(1, dtype=np.int64)
    sizes[0] = n_haplotypes
    n_classes = 1
    for site in range(begin, end):
        n_classes = _split(
            bits[site], held, no_group, class_of, sizes, group_sizes, n_classes, leaving, new_class, touched, pairs
        )
    number = np.full(n_classes, -1, dtype=np.int32)
    n_seen, haplotype = 0, 0
    for word in range(len(held)):
        left = held[word]
        while left:
            own = class_of[64 * word + _lowest_bit(left)]
            left &= left - np.uint64(1)
            if number[own] < 0:
                number[own] = n_seen
                n_seen += 1
            classes[haplotype] = number[own]
            haplotype += 1


def identical_pairs(
    bits: UInt64Array,
    group_words: Int64Array,
    group_sizes: Int64Array,
    cores: Int64Array,
    alleles: Int64Array,
    ends: Int64Array,
    least: float,
    threads: int = 1,
) -> list[Int64Array]:
    """Pairs of carriers that are identical from each core out to each site, int64 of shape (steps, groups + 1)."""
    turned, held = read_only(bits), _held(bits.shape[1], group_words, group_sizes)
    n_groups = len(group_sizes)
    group_of_word = np.searchsorted(group_words, np.arange(len(held)), side="right") - 1
    walks: list[Int64Array] = [np.empty((0, 0), dtype=np.int64)] * len(cores)

    def walk(_: int, place: int) -> None:
        core, allele, end = int(cores[place]), int(alleles[place]), int(ends[place])
        steps = np.empty((abs(end - core), n_groups + 1), dtype=np.int64)
        walks[place] = steps[: _walk(turned, held, group_of_word, n_groups, core, allele, end, least, steps)].copy()

    share_blocks(len(cores), 1, threads, walk)
    return walks


def haplotype_classes(
    bits: UInt64Array,
    group_words: Int64Array,
    group_sizes: Int64Array,
    begins: Int64Array,
    ends: Int64Array,
    threads: int = 1,
) -> Int32Array:
    """Class of each haplotype in each window, numbered by first appearance, int32 of shape (windows, haplotypes)."""
    turned, held = read_only(bits), _held(bits.shape[1], group_words, group_sizes)
    classes = np.empty((len(begins), int(group_sizes.sum())), dtype=np.int32)

    def sort(_: int, window: int) -> None:
        _sort(turned, held, int(begins[window]), int(ends[window]), classes[window])

    share_blocks(len(begins), 1, threads, sort)
    return classes


def _held(n_words: int, group_words: Int64Array, group_sizes: Int64Array) -> UInt64Array:
    """The bits of a site that are haplotypes, and not padding between groups."""
    held = np.zeros(64 * n_words, dtype=np.uint8)
    for first, size in zip(group_words[:-1], group_sizes, strict=True):
        held[64 * first : 64 * first + size] = 1
    return np.packbits(held, bitorder="little").view(np.uint64)
