"""Allele frequencies of every set against those of the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import NARROW, dots, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.numbers import number
from artgen_fast.report.shown_sets import ShownSet

RARE = 0.2
"""Real frequency up to which the second row of panels zooms in, as the score does."""


def allele_frequencies(sets: Sequence[ShownSet]) -> Figure:
    """Draw all frequencies, and those of real frequency ≤ 0.2 once more."""
    panels = []
    for highest in (1.0, RARE):
        for each in sets:
            frequencies = each.results.allele_frequencies
            bins = len(frequencies.density)
            kept = round(bins * highest)
            edges = np.linspace(0, 1, bins + 1)
            with drawing(NARROW, 215) as panel:
                axes = panel.axes
                axes.plot([0, 1], [0, 1], color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
                dots(
                    axes, edges[: kept + 1], edges, frequencies.density[:kept], each.style.colour,
                    4.2 if highest == 1 else 11,
                )  # fmt: skip
                axes.set_xlim(-0.02 * highest, 1.02 * highest)
                axes.set_ylim(-0.02 * highest, 1.02 * highest)
                axes.locator_params(nbins=5)
                axes.grid(visible=True)
                axes.set_xlabel("frequency, real")
                axes.set_ylabel("frequency, this set")
            agreement = frequencies.all_sites if highest == 1 else frequencies.rare_sites
            title = f"{each.name}{'' if highest == 1 else f', real ≤ {RARE:g}'}: r = {number(agreement.r, 3)}"
            panels.append(Panel(title, panel.svg, each.style.glyph, each.style.variable))
    return Figure(
        "allele-frequencies",
        "Allele frequencies",
        "Sites by the frequency of their alternative allele in the real rows and in the set; the area of a dot grows "
        "with the number of sites, and r is Pearson's correlation. Good sets follow the dashed line, also in the zoom "
        "on rare alleles; dots on the floor are alleles that were lost.",
        tuple(panels),
    )
