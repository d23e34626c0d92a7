"""A panel as the site statistics read it: turned once site by site, its persons dealt to the jackknife's groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.pair_counts import SiteMajor
from artgen_fast.metrics.uncertainty.intervals import person_groups


class CountedAlleles(NamedTuple):
    """Alleles of some haplotypes."""

    alternative: Int64Array
    """Haplotypes that carry ALT, int64 of shape (sites,)."""
    n: int
    """Haplotypes in all."""

    @property
    def frequency(self) -> Float64Array:
        """Frequency of ALT, float64 of shape (sites,)."""
        frequency: Float64Array = self.alternative / self.n
        return frequency

    @property
    def varies(self) -> BoolArray:
        """Whether both alleles are there, bool of shape (sites,)."""
        varies: BoolArray = (self.alternative > 0) & (self.alternative < self.n)
        return varies


@dataclass(frozen=True, slots=True, eq=False)
class GroupedPanel:
    """A panel, counted by group of persons.

    Attributes
    ----------
    haplotypes : Haplotypes
    groups : int64 array of shape (rows,)
        Group of persons of each row, 0 … groups - 1.
    by_site : SiteMajor
        The same alleles site by site, and their counts in each group.
    allele_counts : int64 array of shape (sites,)
        Haplotypes that carry ALT.
    n_haplotypes : int
    """

    haplotypes: Haplotypes
    groups: Int64Array
    by_site: SiteMajor
    allele_counts: Int64Array
    n_haplotypes: int

    @classmethod
    def of(cls, haplotypes: Haplotypes, seed: int = 0) -> GroupedPanel:
        """Turn a panel, its persons dealt to groups with the seed."""
        groups = person_groups(haplotypes.samples.units(), seed)
        by_site = pair_counts.site_major(haplotypes, groups)
        return cls(haplotypes, groups, by_site, by_site.total, by_site.n_haplotypes)

    @property
    def left_out(self) -> range:
        """The groups to leave out, one at a time; none where there is only one, since nobody would be left."""
        return range(self.by_site.n_groups if self.by_site.n_groups > 1 else 0)

    def counted(self, without: int | None = None) -> CountedAlleles:
        """The alleles of all groups, or of all but one."""
        counts, n = self.by_site.counts, self.by_site.group_sizes
        if without is None:
            return CountedAlleles(self.allele_counts, self.n_haplotypes)
        return CountedAlleles(self.allele_counts - counts[:, without], self.n_haplotypes - int(n[without]))
