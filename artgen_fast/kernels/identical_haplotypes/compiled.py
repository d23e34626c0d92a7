"""The C++ backend: checked arrays to the compiled module and back."""

from __future__ import annotations

from typing import Any

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.kernels import dispatch


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
    core: Any = dispatch.compiled_module()
    walks: list[Int64Array] = core.identical_haplotypes_pairs(
        bits, group_words, group_sizes, cores, alleles, ends, least, threads
    )
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
    core: Any = dispatch.compiled_module()
    classes: Int32Array = core.identical_haplotypes_classes(bits, group_words, group_sizes, begins, ends, threads)
    return classes
