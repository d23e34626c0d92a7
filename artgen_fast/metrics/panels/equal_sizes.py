"""Panels cut to one number of haplotypes, by person: nearest distances shrink with the size of a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.whole_numbers import require_seed, whole_number


@dataclass(frozen=True, slots=True, eq=False)
class EqualSizes:
    """Rows of each panel to compare, the same number of every panel.

    Attributes
    ----------
    n : int
        Haplotypes of each panel that are compared.
    rows : mapping of str to tuple of int64 arrays of shape (n,)
        For each panel its rows, in random order, one array a repeat; a single one for a panel that needs no cut.
        (In a searched panel the lowest index wins a tie: random order keeps the file's order out of the answers.)
    sizes : mapping of str to int
        Haplotypes that each panel has.
    """

    n: int
    rows: Mapping[str, tuple[Int64Array, ...]]
    sizes: Mapping[str, int]

    @property
    def repeats(self) -> int:
        """Number of different cuts; 1 where every panel has n haplotypes anyway."""
        return max(len(cuts) for cuts in self.rows.values())

    @property
    def description(self) -> str:
        """Which panels are cut and how, in words; empty if none is."""
        cut = [f"{name} ({size})" for name, size in self.sizes.items() if size != self.n]
        if not cut:
            return ""
        times = "once" if self.repeats == 1 else f"{self.repeats} times"
        smallest = [name for name, size in self.sizes.items() if size == self.n]
        as_many = f", as many as {' and '.join(smallest)} has" if len(smallest) == 1 else ""
        return f"{', '.join(cut)} cut at random, by person, to {self.n} haplotypes{as_many}, {times}"


def equal_sizes(
    panels: Mapping[str, Haplotypes], seed: int = 0, repeats: int = 1, at_most: int | None = None
) -> EqualSizes:
    """Cut panels to the size of the smallest, by person.

    Parameters
    ----------
    panels : mapping of str to Haplotypes
        Every panel under its name.
    seed : int
        Same seed, same rows.
    repeats : int
        Number of different cuts of each panel that is larger than the smallest.
    at_most : int, optional
        Most haplotypes of each panel; default: as many as the smallest has.

    Returns
    -------
    EqualSizes

    Notes
    -----
    A person is taken with both haplotypes or not at all, so the common size can be one less than the smallest panel
    (persons cannot fill an odd number of haplotypes).

    Raises
    ------
    InputError
        If no two haplotypes of every panel can be taken, ``at_most`` is less than 2, or the seed is negative.
    """
    seed = require_seed(seed)
    n_cuts = whole_number(repeats)
    if n_cuts is None or n_cuts < 1:
        raise InputError(f"repeats must be a positive whole number; got {repeats!r}.")
    units = {name: panel.samples.units() for name, panel in panels.items()}
    n = min(len(panel) for panel in panels.values())
    if at_most is not None:
        most = whole_number(at_most)
        if most is None or most < 2:
            raise InputError(f"at_most must be a whole number from 2; got {at_most!r}.")
        n = min(n, most)
    while n >= 2:
        rows = {
            name: tuple(
                rows_by_person(units[name], n, np.random.default_rng([seed, repeat, place]))
                for repeat in range(1 if len(panel) == n else n_cuts)
            )
            for place, (name, panel) in enumerate(panels.items())
        }
        reached = min(len(chosen) for cuts in rows.values() for chosen in cuts)
        if reached == n:
            return EqualSizes(n, rows, {name: len(panel) for name, panel in panels.items()})
        n = reached
    sizes = ", ".join(f"{name}: {len(panel)}" for name, panel in panels.items())
    raise InputError(f"a comparison needs at least two haplotypes of every panel, taken by person; got {sizes}.")


def rows_by_person(units: Int64Array, n: int, rng: np.random.Generator) -> Int64Array:
    """Rows of as many whole units as fit in n, drawn at random and in random order."""
    sizes = np.bincount(units)
    chosen = np.zeros(len(sizes), dtype=bool)
    room = n
    for unit in rng.permutation(len(sizes)):
        if sizes[unit] <= room:
            chosen[unit] = True
            room -= sizes[unit]
            if room == 0:
                break
    rows: Int64Array = rng.permutation(np.flatnonzero(chosen[units]))
    return rows
