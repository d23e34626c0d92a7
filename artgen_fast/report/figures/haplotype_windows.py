"""How common the commonest haplotypes of each window are, in every set and in the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report.figures.along_sites import along_sites
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits
from artgen_fast.report.numbers import interval, number
from artgen_fast.report.shown_sets import ShownSet, having


def haplotype_windows(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw H12 along the sites, one panel a set."""
    compared = [(each, found) for each, found in having(sets, lambda each: each.haplotype_windows) if found.contig]
    if not compared:
        return None
    values = [part for _, found in compared for part in (found.real_h12, found.synthetic_h12)]
    shown = limits(np.concatenate([[0.0], *values]), margin=0.08)
    panels = []
    for each, found in compared:
        with drawing(panel_width(len(compared)), 150) as drawn:
            along_sites(drawn, found, found.real_h12, found.synthetic_h12, each.style.colour)
            if shown is not None:
                drawn.axes.set_ylim(shown)
            drawn.axes.set_ylabel("H12")
        finding = f"{number(found.h12_ratio)} of the real {interval(found.h12_ratio_interval)}"
        panels.append(Panel(drawn, each, finding.rstrip()))
    return Figure(
        "haplotype-windows",
        "Common haplotypes",
        "H12 in windows of sites, high where one or two haplotypes have become common: in the real rows (grey) and in "
        "the set (coloured). A set that serves for scans of such sweeps has the same peaks.",
        tuple(panels),
        details="H12 is the sum of the squared frequencies of the different haplotypes of a window, the two commonest "
        "counted as one (Garud et al. 2015). Sites that are changed at random break haplotypes up, and lower it.",
    )
