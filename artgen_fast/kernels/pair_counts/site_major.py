"""A panel turned on its side: the bits of each site lie together, one bit a haplotype."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]


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
    """

    bits: UInt64Array
    group_words: Int64Array
    group_sizes: Int64Array
    counts: Int32Array

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

    @property
    def total(self) -> Int64Array:
        """Haplotypes of all groups that carry ALT, int64 of shape (sites,)."""
        total: Int64Array = self.counts.sum(axis=1, dtype=np.int64)
        return total

    def take(self, sites: npt.NDArray[np.integer]) -> SiteMajor:
        """The same haplotypes at chosen sites; copies their bits."""
        return SiteMajor(self.bits[sites], self.group_words, self.group_sizes, self.counts[sites])
