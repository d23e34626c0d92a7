"""The neighbour searches that several statistics share, each done once."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import hamming
from artgen_fast.metrics.neighbours.pool import Pool, pool_neighbours
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.equal_sizes import equal_sizes
from artgen_fast.metrics.uncertainty.intervals import person_groups
from artgen_fast.metrics.uncertainty.left_out_pairs import between_without_groups, within_without_groups


class Neighbours(NamedTuple):
    """The k nearest rows of another panel, by distance, then index."""

    distances: npt.NDArray[np.int32]
    """int32 of shape (rows, k)."""
    indices: Int64Array
    """int64 of shape (rows, k)."""


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

        Columns are the rows `compared` of the second panel; indices are those of the panels as they were given. Of rows
        that are equally near the first of `order` is found.
        """
        key = (first, second)
        if key not in self._cross_of_whole:
            rows, columns = self.order(first), self.order(second)[: self._at_most_of_whole]
            if self._is_whole(first) and self._is_whole(second):
                found = self.cross(first, second)
            else:
                found = hamming.cross(
                    self._panels[first][rows],
                    self._panels[second][columns],
                    backend=self._backend,
                    threads=self._threads,
                )
            place_of_row, place_of_column = np.argsort(rows), np.argsort(columns)
            self._cross_of_whole[key] = hamming.Cross(
                found.row_distances[place_of_row],
                columns[found.row_indices][place_of_row],
                found.column_distances[place_of_column],
                rows[found.column_indices][place_of_column],
                None,
            )
        return self._cross_of_whole[key]

    def order(self, name: str) -> Int64Array:
        """The random order in which the rows of a whole panel are searched, int64 of shape (rows,)."""
        if self._is_whole(name):
            return self.rows(name)
        # Of the name, not of its place among the panels, which decides the order of a cut.
        of_panel = [self._seed, len(self._panels[name]), zlib.crc32(name.encode())]
        return np.random.default_rng(of_panel).permutation(len(self._panels[name]))

    def compared(self, second: str) -> Int64Array:
        """Rows of the second panel of `cross_of_whole`: all, or ``at_most_of_whole``; ascending."""
        return np.sort(self.order(second)[: self._at_most_of_whole])

    def units_compared(self, second: str) -> Int64Array:
        """Sampling unit of each of them."""
        units: Int64Array = self._units[second][self.compared(second)]
        return units

    @property
    def takes_some(self) -> bool:
        """Whether searches of whole panels take some rows only."""
        return self._at_most_of_whole is not None

    def _is_whole(self, name: str) -> bool:
        """Whether the cut of a panel is all of it, so that its searches serve."""
        return len(self._panels[name]) == self.n and not self.takes_some

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
            found = pool_neighbours(packed, self._backend, self._threads)
            self._pools[key] = Pool(order, order < n, units, *found)
        return self._pools[key]
