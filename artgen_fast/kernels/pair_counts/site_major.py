"""A panel turned on its side: the bits of each site lie together, one bit a haplotype."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int32Array, Int64Array, UInt64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import BITS_PER_WORD, WORDS_PER_LINE


@dataclass(frozen=True, slots=True, eq=False)
class SiteMajor:
    """Alleles by site, the haplotypes dealt to groups (all to one, unless asked for); made by `site_major`.

    Attributes
    ----------
    bits : uint64 array of shape (sites, words)
        Row ``j`` holds the alleles of site ``j``, group after group. Each group begins at a whole word; padding bits
        are zero, so no count sees them. Rows are whole 64-byte lines.
    group_words : int64 array of shape (groups + 1,)
        Group ``g`` lies in words ``group_words[g]`` … ``group_words[g + 1] - 1`` of every row.
    group_sizes : int64 array of shape (groups,)
        Haplotypes of each group.
    counts : int32 array of shape (sites, groups)
        Haplotypes of each group that carry ALT.
    total : int64 array of shape (sites,)
        Haplotypes of all groups that carry ALT.
    """

    bits: UInt64Array
    group_words: Int64Array
    group_sizes: Int64Array
    counts: Int32Array
    total: Int64Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        bits, words, sizes, counts = self.bits, self.group_words, self.group_sizes, self.counts
        for name, array, dtype, ndim in (
            ("bits", bits, np.uint64, 2),
            ("group_words", words, np.int64, 1),
            ("group_sizes", sizes, np.int64, 1),
            ("counts", counts, np.int32, 2),
        ):
            if array.ndim != ndim or array.dtype != dtype or not array.flags.c_contiguous:
                raise InputError(
                    f"'{name}' of a site-major panel must be a C-contiguous array of {np.dtype(dtype)} with {ndim} "
                    f"dimensions; got {array.dtype} of shape {array.shape}. Make it by site_major(haplotypes)."
                )
        inside = len(words) > 1 and words[0] >= 0 and words[-1] <= bits.shape[1] and bool(np.all(np.diff(words) >= 0))
        if (
            bits.shape[1] % WORDS_PER_LINE
            or not inside
            or len(sizes) != len(words) - 1
            or bool(np.any((sizes < 0) | (sizes > BITS_PER_WORD * np.diff(words))))
            or counts.shape != (len(bits), len(sizes))
        ):
            raise InputError(
                f"the groups of a site-major panel must lie one after the other in the words of a row, of which whole "
                f"lines of {WORDS_PER_LINE} are wanted, with a count of each group at each site; got rows of "
                f"{bits.shape[1]} words, group_words {words.tolist()!s:.60}, group_sizes {sizes.tolist()!s:.60} and "
                f"counts of shape {counts.shape}. Make it by site_major(haplotypes)."
            )
        # Once: functions of a few pairs read it at each call.
        object.__setattr__(self, "total", counts.sum(axis=1, dtype=np.int64))

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return int(self.bits.shape[0])

    @property
    def n_haplotypes(self) -> int:
        """Number of haplotypes, of all groups."""
        return int(self.group_sizes.sum())

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.group_sizes)

    def take(self, sites: npt.NDArray[np.integer]) -> SiteMajor:
        """The same haplotypes at chosen sites; copies their bits."""
        return SiteMajor(
            np.ascontiguousarray(self.bits[sites]),
            self.group_words,
            self.group_sizes,
            np.ascontiguousarray(self.counts[sites]),
        )
