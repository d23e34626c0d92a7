"""Allele frequencies of every set against those of the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.metrics.allele_frequencies import RARE
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width, square_height
from artgen_fast.report.figures.marks import cells
from artgen_fast.report.numbers import number
from artgen_fast.report.shown_sets import ShownSet, having


def allele_frequencies(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw all frequencies, and those of real frequency ≤ 0.2 once more."""
    compared = having(sets, lambda each: each.allele_frequencies)
    if not compared:
        return None
    panels = []
    width = panel_width(len(compared), 2)
    for highest in (1.0, RARE):
        for each, frequencies in compared:
            density = frequencies.density if highest == 1 else frequencies.rare_density
            edges = np.linspace(0, highest, len(density) + 1)
            with drawing(width, square_height(width)) as drawn:
                axes = drawn.axes
                cells(axes, edges, edges, density, each.style.colour)
                axes.plot([0, 1], [0, 1], color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
                axes.set_xlim(-0.02 * highest, 1.02 * highest)
                axes.set_ylim(-0.02 * highest, 1.02 * highest)
                axes.locator_params(nbins=drawn.ticks)
                axes.grid(visible=True)
                axes.set_xlabel("frequency, real")
                axes.set_ylabel("frequency, this set")
            agreement = frequencies.all_sites if highest == 1 else frequencies.rare_sites
            row = "All sites" if highest == 1 else f"Sites of real frequency ≤ {RARE:g}"
            panels.append(Panel(drawn, each, f"r = {number(agreement.r, 3)}", row))
    return Figure(
        "allele-frequencies",
        "Allele frequencies",
        "Sites by the frequency of their alternative allele in the real rows (across) and in the set (upwards). Good "
        "sets follow the dashed line; cells on the floor are alleles that were lost.",
        tuple(panels),
        details="The darker a cell, the more sites it holds, each shade several times the paler one. r is Pearson's "
        "correlation; that of the second row is over all sites of that real frequency, also those above the frame.",
    )
