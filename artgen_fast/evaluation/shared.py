"""What several statistics read, each made once, at its first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array, TextArray
from artgen_fast.evaluation.results import HOLDOUT, REAL
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.haplotype_homozygosity import choose_cores
from artgen_fast.metrics.imputation import HiddenAlleles
from artgen_fast.metrics.ld_decay import distance_edges
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.pca import PrincipalAxes, principal_axes, score_extent
from artgen_fast.metrics.populations import row_labels
from artgen_fast.metrics.selection_scan import scan, sites_to_scan
from artgen_fast.metrics.shared_haplotypes import StretchSearches
from artgen_fast.metrics.sites.pairs import CountedPairs, SitePairs, common_pairs, sample_pairs
from artgen_fast.metrics.three_point import Triplets, draw_triplets
from artgen_fast.metrics.uncertainty.left_out import LeftOut

Made = TypeVar("Made")


class Shared:
    """The compared panels, and what is computed of them once.

    Parameters
    ----------
    searches : NeighbourSearches
        Of all panels, the real one included; its cuts are what every statistic compares.
    panels : mapping of str to Haplotypes
        All panels, uncut; their order is that of the report.
    labels : mapping of str to str, optional
        Person → population.
    seed : int
    threads : int, optional
    cores : int64 array, optional
        The sites around which haplotype homozygosity is followed; default: they are drawn.
    """

    def __init__(
        self,
        searches: NeighbourSearches,
        panels: Mapping[str, Haplotypes],
        labels: Mapping[str, str] | None,
        seed: int,
        threads: int | None,
        cores: Int64Array | None = None,
    ) -> None:
        self.searches = searches
        self.seed = seed
        self.threads = threads
        self._cores = cores
        self.compared = [name for name in panels if name != REAL]
        self._labels = None if labels is None else row_labels(panels[REAL], labels)
        self._panels: dict[str, Haplotypes] = {}
        self._grouped: dict[str, GroupedPanel] = {}
        self._counted_pairs: dict[str, CountedPairs] = {}
        self._coordinates: dict[str, Float64Array] = {}
        self._scanned: dict[str, LeftOut[Float64Array]] = {}

    @property
    def labels(self) -> TextArray:
        """Population of each row of the uncut real panel; only where labels were given."""
        if self._labels is None:
            raise ValueError("no labels were given")
        return self._labels

    def panel(self, name: str) -> Haplotypes:
        """The haplotypes of a panel that are compared."""
        return _once(self._panels, name, self.searches.panel)

    def grouped(self, name: str) -> GroupedPanel:
        """A panel site by site, its persons in the jackknife's groups."""
        return _once(self._grouped, name, lambda name: GroupedPanel.of(self.panel(name), self.seed))

    @cached_property
    def pairs(self) -> SitePairs:
        """The sampled pairs of sites."""
        return sample_pairs(self.panel(REAL), self.seed)

    @cached_property
    def distance_edges(self) -> Float64Array:
        """Edges of the bins of distance between sites."""
        return distance_edges(self.panel(REAL).sites)

    def counted_pairs(self, name: str) -> CountedPairs:
        """Alleles of a panel at the sampled pairs."""
        return _once(self._counted_pairs, name, lambda name: CountedPairs.of(self.grouped(name), self.pairs))

    @cached_property
    def common_pairs(self) -> BoolArray:
        """The sampled pairs whose sites vary in every compared set."""
        return common_pairs([self.counted_pairs(name) for name in self.compared])

    @cached_property
    def triplets(self) -> list[Triplets]:
        """The sampled triplets of sites."""
        return draw_triplets(self.panel(REAL).sites, self.seed)

    @cached_property
    def cores(self) -> Int64Array:
        """The sites around which haplotype homozygosity is followed."""
        return choose_cores(self.grouped(REAL), seed=self.seed) if self._cores is None else self._cores

    @cached_property
    def hidden_alleles(self) -> HiddenAlleles:
        """Alleles of unseen people that are to be imputed; only with a hold-out."""
        return HiddenAlleles(self.panel(REAL), self.panel(HOLDOUT), seed=self.seed, threads=self.threads)

    @cached_property
    def sites_to_scan(self) -> Int64Array:
        """The sites that are scanned for selection."""
        return sites_to_scan(self.grouped(REAL), self.seed)

    def scanned(self, name: str) -> LeftOut[Float64Array]:
        """Scores of a panel at the sites that are scanned for selection."""
        return _once(
            self._scanned, name, lambda name: scan(self.grouped(name), self.sites_to_scan, threads=self.threads)
        )

    @cached_property
    def stretches(self) -> StretchSearches:
        """Searches for the longest stretch that a row shares with another panel; of all rows unless it is quick."""
        panel = self.panel if self.searches.takes_some else self.searches.whole
        return StretchSearches(
            {name: panel(name) for name in (REAL, *self.compared)}, seed=self.seed, threads=self.threads
        )

    @cached_property
    def axes(self) -> PrincipalAxes:
        """Principal axes of the real rows."""
        return principal_axes([self.panel(REAL)], seed=self.seed, threads=self.threads)

    def coordinates(self, name: str) -> Float64Array:
        """Coordinates of a panel's rows on the real axes."""
        return _once(self._coordinates, name, lambda name: self.axes.project(self.panel(name), threads=self.threads))

    @cached_property
    def extent(self) -> tuple[Float64Array, Float64Array]:
        """Least and largest coordinates over all panels, for figures on one scale."""
        return score_extent([self.coordinates(name) for name in (REAL, *self.compared)])


def _once(kept: dict[str, Made], name: str, make: Callable[[str], Made]) -> Made:
    if name not in kept:
        kept[name] = make(name)
    return kept[name]
