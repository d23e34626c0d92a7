"""Identical haplotypes, plainly: what the other backends must equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


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
    sites = _alleles(bits, group_words, group_sizes)
    groups = np.repeat(np.arange(len(group_sizes)), group_sizes)
    walks = []
    for core, allele, end in zip(cores, alleles, ends, strict=True):
        carries = sites[core] == allele
        class_of, group = np.zeros(np.count_nonzero(carries), dtype=np.int64), groups[carries]
        steps: list[Int64Array] = []
        for site in range(core, end, 1 if end > core else -1):
            _, class_of = np.unique(2 * class_of + sites[site, carries], return_inverse=True)
            steps.append(_pairs(class_of, group, len(group_sizes)))
            if np.all((steps[-1] < least * steps[0]) | (steps[0] == 0)):
                break
        walks.append(np.stack(steps))
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
    sites = _alleles(bits, group_words, group_sizes)
    classes = np.empty((len(begins), sites.shape[1]), dtype=np.int32)
    for window, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        numbers: dict[bytes, int] = {}
        classes[window] = [numbers.setdefault(haplotype.tobytes(), len(numbers)) for haplotype in sites[begin:end].T]
    return classes


def _alleles(bits: UInt64Array, group_words: Int64Array, group_sizes: Int64Array) -> UInt8Array:
    """Alleles of shape (sites, haplotypes), without the padding between groups."""
    columns = [64 * first + np.arange(size) for first, size in zip(group_words[:-1], group_sizes, strict=True)]
    return np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")[:, np.concatenate(columns)]


def _pairs(class_of: Int64Array, group: Int64Array, n_groups: int) -> Int64Array:
    """Pairs within classes, of all haplotypes and without each group."""
    n_classes = int(class_of.max(initial=-1)) + 1
    of_group = np.bincount(class_of * n_groups + group, minlength=n_classes * n_groups).reshape(n_classes, n_groups)
    of_all = of_group.sum(axis=1)[:, None]
    sizes = np.concatenate([of_all, of_all - of_group], axis=1)
    pairs: Int64Array = (sizes * (sizes - 1) // 2).sum(axis=0)
    return pairs
