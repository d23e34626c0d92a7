"""Frequencies of all nearest-neighbour chain patterns beside their expectation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artgen_fast.report.numbers import interval, number, p_value
from artgen_fast.report.shown_sets import ShownSet, having
from artgen_fast.report.table_cells import Cell


@dataclass(frozen=True, slots=True)
class ChainsOfSize:
    """All patterns of one size.

    Attributes
    ----------
    size : int
    expected : str
        2^-size.
    departures : tuple of Cell
        Half the sum of the differences from it, and its p-value, for each set.
    patterns : tuple of (str, tuple of Cell)
        Each pattern, and its frequency and interval in each set.
    """

    size: int
    expected: str
    departures: tuple[Cell, ...]
    patterns: tuple[tuple[str, tuple[Cell, ...]], ...]


def nn_chains_table(sets: Sequence[ShownSet]) -> list[ChainsOfSize]:
    """One table a size of chain; none where chains were not asked for."""
    chains = [found for _, found in having(sets, lambda each: each.nn_chains)]
    if not chains:
        return []
    tables = []
    for key in chains[0].departure:
        of_size = [[chain for chain in each.patterns if len(chain.pattern) == int(key)] for each in chains]
        patterns = tuple(
            (same[0].pattern, tuple(Cell(number(chain.frequency, 3), interval(chain.interval, 3)) for chain in same))
            for same in zip(*of_size, strict=True)
        )
        departures = tuple(
            Cell(number(each.departure[key], 3), p_value(each.p_value[key], each.permutations)) for each in chains
        )
        tables.append(ChainsOfSize(int(key), number(of_size[0][0].expected, 3), departures, patterns))
    return tables
