"""A statistic of windows of sites along the contigs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import Drawing
from artgen_fast.report.figures.marks import limits
from artgen_fast.report.numbers import base_pairs

_MOST_NAMED = 6
"""Contigs, so that their names have room."""


class Windows(Protocol):
    """Where windows lie: the contig, and the positions of the first and the last site, of each."""

    @property
    def contig(self) -> tuple[str, ...]:
        """Name of the contig of each."""

    @property
    def first_position(self) -> Int64Array:
        """Of shape (windows,)."""

    @property
    def last_position(self) -> Int64Array:
        """Of shape (windows,)."""


def along_sites(drawn: Drawing, windows: Windows, real: Float64Array, synthetic: Float64Array, colour: str) -> None:
    """Draw both sets window by window, contigs one after the other with a border between two."""
    axes = drawn.axes
    contigs = _contigs(windows)
    borders = np.array([contigs[0].begin, *(contig.end for contig in contigs)])
    for contig in contigs:
        ends = contig.ends.ravel()
        of_real, of_set = (np.repeat(values[contig.windows], 2) for values in (real, synthetic))
        axes.fill_between(ends, 0, of_real, color=palette.REAL, alpha=0.8, linewidth=0)
        axes.plot(ends, of_set, color=colour, linewidth=1.3, solid_joinstyle="miter")
    for border in borders[1:-1]:
        axes.axvline(border, color=palette.GRID, linewidth=0.8)
    axes.grid(visible=True, axis="y")
    axes.set_xlim(limits(borders[[0, -1]], margin=0.02))
    axes.locator_params(axis="y", nbins=5)
    if len(contigs) == 1:
        axes.locator_params(axis="x", nbins=3)
        axes.xaxis.set_major_formatter(lambda value, _: base_pairs(value))
        axes.set_xlabel(f"position on contig {contigs[0].name}" if contigs[0].name else "position")
    else:
        named = contigs[:: -(-len(contigs) // _MOST_NAMED)]
        axes.set_xticks([(contig.begin + contig.end) / 2 for contig in named], [contig.name for contig in named])
        axes.set_xlabel("contig")


@dataclass(frozen=True, slots=True)
class _Contig:
    """A contig's windows, and where they begin and end along the axis: float64 of shape (windows, 2)."""

    name: str
    windows: slice
    ends: Float64Array

    @property
    def begin(self) -> float:
        """Its border on the left."""
        return float(self.ends.min())

    @property
    def end(self) -> float:
        """Its border on the right."""
        return float(self.ends.max())


def _contigs(windows: Windows) -> list[_Contig]:
    """Contigs end to end; the first keeps its positions."""
    contigs: list[_Contig] = []
    done = 0
    for name, same in groupby(windows.contig):
        held = slice(done, done + len(list(same)))
        done = held.stop
        # A window of one site is a base pair long.
        ends = np.stack([windows.first_position[held], windows.last_position[held] + 1], axis=1).astype(np.float64)
        shift = contigs[-1].end - ends.min() if contigs else 0.0
        contigs.append(_Contig(name, held, ends + shift))
    return contigs
