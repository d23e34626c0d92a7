"""Tajima's D and heterozygosity in windows, of every set and of the real rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from artgen_fast.metrics.diversity import Diversity, WindowDiversity
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import Drawing, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits
from artgen_fast.report.numbers import base_pairs, count, interval, number
from artgen_fast.report.shown_sets import ShownSet, having

Float64Array = npt.NDArray[np.float64]

_MOST_NAMED = 6
"""Contigs, so that their names have room."""


@dataclass(frozen=True, slots=True)
class _Statistic:
    """A statistic of windows: its name, the fields of `WindowDiversity` that hold it, and what is said of a panel."""

    name: str
    real: str
    synthetic: str
    finding: Callable[[Diversity], str]


_STATISTICS = (
    _Statistic(
        "Tajima's D",
        "real_tajimas_d",
        "synthetic_tajimas_d",
        lambda found: (
            f"mean |difference| {number(found.windows.tajimas_d_difference)} "
            f"{interval(found.windows.tajimas_d_difference_interval)}"
        ),
    ),
    _Statistic(
        "Heterozygosity",
        "real_heterozygosity",
        "synthetic_heterozygosity",
        lambda found: (
            f"{number(found.heterozygosity_ratio)} of the real {interval(found.heterozygosity_ratio_interval)}"
        ),
    ),
)


def diversity(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw Tajima's D and heterozygosity along the sites, one panel a set."""
    # A panel of very many contigs has no windows.
    compared = [(each, found) for each, found in having(sets, lambda each: each.diversity) if found.windows.contig]
    if not compared:
        return None
    panels = []
    for statistic in _STATISTICS:
        values = [
            (getattr(found.windows, statistic.real), getattr(found.windows, statistic.synthetic))
            for _, found in compared
        ]
        shown = limits(np.concatenate([[0.0], *(each for pair in values for each in pair)]), margin=0.08)
        for (each, found), (real, synthetic) in zip(compared, values, strict=True):
            with drawing(panel_width(len(compared), len(_STATISTICS)), 150) as drawn:
                _along(drawn, found.windows, real, synthetic, each.style.colour)
                if shown is not None:
                    drawn.axes.set_ylim(shown)
                drawn.axes.set_ylabel(statistic.name)
            panels.append(Panel(drawn, each, statistic.finding(found).rstrip(), statistic.name))
    numbers = " or ".join(sorted({count(found.n) for _, found in compared}))
    return Figure(
        "diversity",
        "Diversity along the sites",
        f"Tajima's D and heterozygosity in windows of sites, for {numbers} haplotypes: in the real rows (grey) and in "
        "the set (coloured). The two should run together; D means something as a comparison only.",
        tuple(panels),
        details="Heterozygosity is how often two haplotypes differ at a site. Panels hold sites that were found or "
        "chosen to vary in some people, so that neither the sign nor the size of D says anything about selection or "
        "history.",
    )


def _along(drawn: Drawing, windows: WindowDiversity, real: Float64Array, synthetic: Float64Array,
           colour: str) -> None:  # fmt: skip
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


def _contigs(windows: WindowDiversity) -> list[_Contig]:
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
