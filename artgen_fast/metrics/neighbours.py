"""The neighbour searches that several statistics share, each done once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels import hamming
from artgen_fast.metrics.equal_sizes import equal_sizes
from artgen_fast.metrics.left_out_pairs import between_without_groups, within_without_groups
from artgen_fast.metrics.uncertainty import person_groups

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

POOL_NEIGHBOURS = 4
"""Neighbours of each row in the pool: the longest chain, of 5, has visited 3 others of a row's 4 nearest at most."""


class Neighbours(NamedTuple):
    """The k nearest rows of another panel, by distance, then index."""

    distances: npt.NDArray[np.int32]
    """int32 of shape (rows, k)."""
    indices: Int64Array
    """int64 of shape (rows, k)."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Two panels of n rows each, shuffled together, with the neighbours of every row.

    Ties go to the lowest index of the shuffled pool, so they favour neither panel; listing one panel before the other
    would.

    Attributes
    ----------
    order : int64 array of shape (2n,)
        Which row each row of the pool is, of the two cuts laid end to end.
    is_real : bool array of shape (2n,)
        Whether a row of the pool comes from the first panel.
    units : int64 array of shape (2n,)
        Sampling unit of each row; those of the second panel follow those of the first.
    indices : int64 array of shape (2n, k)
        The k nearest other rows, by distance, then index; k = 4, or fewer in a pool of fewer than 5 rows.
    """

    order: Int64Array
    is_real: BoolArray
    units: Int64Array
    indices: Int64Array


class NeighbourSearches:
    """Nearest-neighbour searches among named panels that are cut to one size; each runs at its first use.

    Parameters
    ----------
    panels : mapping of str to Haplotypes
        Panels of the same sites.
    seed : int
        Of the cuts by person and of the pool's order.
    repeats : int
        Number of different cuts, where a panel has to be cut.
    at_most : int, optional
        Most haplotypes of each panel; default: as many as the smallest has.
    at_most_of_whole : int, optional
        Most haplotypes that `cross_of_whole` takes of its second panel; default: all.
    histograms : bool
        Whether the searches of the first cut also count the pairs at each distance.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.
    """

    def __init__(
        self,
        panels: Mapping[str, Haplotypes],
        *,
        seed: int = 0,
        repeats: int = 1,
        at_most: int | None = None,
        at_most_of_whole: int | None = None,
        histograms: bool = False,
        backend: str | None = None,
        threads: int | None = None,
    ) -> None:
        require_comparable(panels)
        self.sizes = equal_sizes(panels, seed, repeats, at_most)
        self._panels = panels
        self._at_most_of_whole = at_most_of_whole
        self._seed = seed
        self._histograms = histograms
        self._backend = backend
        self._threads = threads
        self._units = {name: panel.samples.units() for name, panel in panels.items()}
        self._within: dict[tuple[str, int], hamming.Within] = {}
        self._cross: dict[tuple[str, str, int], hamming.Cross] = {}
        self._cross_of_whole: dict[tuple[str, str], hamming.Cross] = {}
        self._pools: dict[tuple[str, str], Pool] = {}
        self._within_without_groups: dict[str, Int64Array] = {}

    @property
    def n(self) -> int:
        """Haplotypes of each panel that are compared."""
        return self.sizes.n

    @property
    def repeats(self) -> int:
        """Number of different cuts."""
        return self.sizes.repeats

    def rows(self, name: str, repeat: int = 0) -> Int64Array:
        """Rows of a panel in one cut."""
        cuts = self.sizes.rows[name]
        return cuts[repeat % len(cuts)]

    def units(self, name: str, repeat: int = 0) -> Int64Array:
        """Sampling unit of each row of a panel in one cut, int64 of shape (n,)."""
        units: Int64Array = self._units[name][self.rows(name, repeat)]
        return units

    def n_units(self, name: str) -> int:
        """Sampling units of a panel before any cut."""
        return int(self._units[name].max()) + 1

    def panel(self, name: str, repeat: int = 0) -> Haplotypes:
        """A panel in one cut."""
        return self._panels[name][self.rows(name, repeat)]

    def whole(self, name: str) -> Haplotypes:
        """A panel before any cut."""
        return self._panels[name]

    def units_of_whole(self, name: str) -> Int64Array:
        """Sampling unit of each row of a panel before any cut."""
        return self._units[name]

    def cross_of_whole(self, first: str, second: str) -> hamming.Cross:
        """Nearest row of the second panel for each row of the first, and the reverse, before any cut.

        Of the second panel ``at_most_of_whole`` rows at most.
        """
        key = (first, second)
        if key not in self._cross_of_whole:
            if len(self._panels[first]) == len(self._panels[second]) == self.n and (first, second, 0) in self._cross:
                self._cross_of_whole[key] = self._in_order(first, second)
            else:
                self._cross_of_whole[key] = hamming.cross(
                    self._panels[first],
                    self._panels[second][self._some_rows(second)] if self.takes_some else self._panels[second],
                    backend=self._backend,
                    threads=self._threads,
                )
        return self._cross_of_whole[key]

    def units_compared(self, second: str) -> Int64Array:
        """Sampling unit of each row of the second panel of `cross_of_whole`."""
        units = self._units[second]
        return units[self._some_rows(second)] if self.takes_some else units

    @property
    def takes_some(self) -> bool:
        """Whether searches of whole panels take some rows only."""
        return self._at_most_of_whole is not None

    def _some_rows(self, name: str) -> Int64Array:
        """As many rows of a panel as are taken at most, at random: the other panels' sizes have no say."""
        rows = np.random.default_rng([self._seed, len(self._panels[name])]).permutation(len(self._panels[name]))
        return rows[: self._at_most_of_whole]

    def _in_order(self, first: str, second: str) -> hamming.Cross:
        """The search between two panels that needed no cut, with their rows in their own order."""
        found, rows = self.cross(first, second), (self.rows(first), self.rows(second))
        row_distances, column_distances = np.empty_like(found.row_distances), np.empty_like(found.column_distances)
        row_indices, column_indices = np.empty_like(found.row_indices), np.empty_like(found.column_indices)
        row_distances[rows[0]], column_distances[rows[1]] = found.row_distances, found.column_distances
        row_indices[rows[0]], column_indices[rows[1]] = rows[1][found.row_indices], rows[0][found.column_indices]
        return hamming.Cross(row_distances, row_indices, column_distances, column_indices, None)

    def within(self, name: str, repeat: int = 0) -> hamming.Within:
        """Nearest other row of each row of a panel."""
        repeat %= len(self.sizes.rows[name])
        key = (name, repeat)
        if key not in self._within:
            self._within[key] = hamming.within(
                self.panel(name, repeat),
                histogram=self._histograms and repeat == 0,
                backend=self._backend,
                threads=self._threads,
            )
        return self._within[key]

    def cross(self, first: str, second: str, repeat: int = 0) -> hamming.Cross:
        """Nearest row of the second panel for each row of the first, and the reverse."""
        if len(self.sizes.rows[first]) == len(self.sizes.rows[second]) == 1:
            repeat = 0
        key = (first, second, repeat)
        if key not in self._cross:
            self._cross[key] = hamming.cross(
                self.panel(first, repeat),
                self.panel(second, repeat),
                histogram=self._histograms and repeat == 0,
                backend=self._backend,
                threads=self._threads,
            )
        return self._cross[key]

    def groups(self, name: str) -> Int64Array:
        """The jackknife's group of persons of each row of a panel in the first cut, int64 of shape (n,)."""
        return person_groups(np.unique(self.units(name), return_inverse=True)[1], self._seed)

    def within_without_groups(self, name: str) -> Int64Array:
        """Pairs of rows of a panel at each distance, without each group of persons; in the first cut.

        Returns
        -------
        int64 array of shape (groups, sites + 1)
        """
        if name not in self._within_without_groups:
            self._within_without_groups[name] = within_without_groups(
                self.panel(name), self.groups(name), backend=self._backend, threads=self._threads
            )
        return self._within_without_groups[name]

    def between_without_groups(self, first: str, second: str) -> tuple[Int64Array, Int64Array]:
        """Pairs of rows of two panels at each distance, without each group of persons of either; in the first cut.

        Not kept: at 20 groups and 65,535 sites they take 21 MB.

        Returns
        -------
        without_first, without_second : int64 arrays of shape (groups, sites + 1)
        """
        return between_without_groups(
            self.panel(first),
            self.panel(second),
            self.groups(first),
            self.groups(second),
            backend=self._backend,
            threads=self._threads,
        )

    def nearest(self, queries: str, targets: str, k: int) -> Neighbours:
        """The k nearest rows of the second panel for each row of the first, in the first cut."""
        return Neighbours(
            *hamming.nearest(self.panel(queries), self.panel(targets), k, backend=self._backend, threads=self._threads)
        )

    def pool(self, first: str, second: str) -> Pool:
        """Neighbours in the shuffled pool of two panels, in the first cut."""
        key = (first, second)
        if key not in self._pools:
            n = self.n
            order = np.random.default_rng([self._seed, 2 * n]).permutation(2 * n)
            packed = np.concatenate([self.panel(first).packed, self.panel(second).packed])[order]
            units = np.concatenate([self.units(first), self.n_units(first) + self.units(second)])[order]
            neighbours = hamming.within(
                packed, k=min(POOL_NEIGHBOURS, 2 * n - 1), backend=self._backend, threads=self._threads
            )
            self._pools[key] = Pool(order, order < n, units, neighbours.indices)
        return self._pools[key]


def require_order(sites: Sites) -> None:
    """Raise InputError where distances in base pairs, and stretches of neighbouring sites, would mean nothing."""
    disorder = sites.first_disorder()
    if disorder is not None:
        raise InputError(
            f"the sites of a contig must be together and in the order of their positions; {disorder}. "
            "Sort the sites of all panels."
        )


def require_unseen(holdout: Haplotypes, train: Haplotypes) -> None:
    """Refuse a hold-out of people whom the models have seen: beside it a leak looks like none."""
    both = holdout.samples.persons_also_in(train.samples)
    if both:
        raise InputError(
            f"the hold-out must be people whom no model has seen; {both} of its people are among the real (training) "
            "ones. Give a part of the panel that was kept out of training (artgen split makes it)."
        )


def require_comparable(panels: Mapping[str, Haplotypes]) -> None:
    """Raise InputError unless all panels have the same sites, at least one, and at least two haplotypes each."""
    names = list(panels)
    for name, panel in panels.items():
        if not isinstance(panel, Haplotypes):
            raise InputError(
                f"the {name} panel must be Haplotypes; got {type(panel).__name__}. "
                "Use artgen_fast.read(path) or Haplotypes.from_alleles(alleles)."
            )
        if len(panel) < 2 or panel.n_sites < 1:
            raise InputError(
                f"the {name} panel must have at least 2 haplotypes and 1 site; got {len(panel)} haplotypes and "
                f"{panel.n_sites} sites. Check the file it was read from."
            )
    for name in names[1:]:
        panels[names[0]].require_same_sites(panels[name], names[0], name)
