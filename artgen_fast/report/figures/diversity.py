"""Tajima's D and heterozygosity in windows, of every set and of the real rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.metrics.diversity import Diversity
from artgen_fast.report.figures.along_sites import along_sites
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits
from artgen_fast.report.numbers import count, interval, number
from artgen_fast.report.shown_sets import ShownSet, having


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
                along_sites(drawn, found.windows, real, synthetic, each.style.colour)
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
