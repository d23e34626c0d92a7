"""Frequencies of motifs of neighbouring alleles in every set against those in the real rows."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width, square_height
from artgen_fast.report.figures.raster import density
from artgen_fast.report.numbers import interval, number
from artgen_fast.report.shown_sets import ShownSet, having


def kmer_motifs(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the motifs' frequencies, a row of panels for each length."""
    compared = having(sets, lambda each: each.kmer_motifs)
    lengths = len(compared[0][1].lengths) if compared else 0
    width = panel_width(max(1, len(compared)), lengths)
    panels = []
    for place in range(lengths):
        for each, found in compared:
            motifs = found.lengths[place]
            with drawing(width, square_height(width)) as drawn:
                axes = drawn.axes
                density(axes, motifs.density, each.style.colour, (0, 1, 0, 1))
                axes.plot([0, 1], [0, 1], color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
                axes.set_xlim(-0.02, 1.02)
                axes.set_ylim(-0.02, 1.02)
                axes.locator_params(nbins=drawn.ticks)
                axes.grid(visible=True)
                axes.set_xlabel("frequency of the motif, real")
                axes.set_ylabel("frequency, this set")
            agreement = f"r = {number(motifs.r, 3)} {interval(motifs.r_interval, 3)}".strip()
            finding = f"{agreement}, slope {number(motifs.slope)}"
            panels.append(Panel(drawn, each, finding, f"Motifs of {motifs.k} sites"))
    if not panels:
        return None
    return Figure(
        "kmer-motifs",
        "Motifs of neighbouring alleles",
        "Motifs, combinations of alleles at a few neighbouring sites, by their frequency in the real rows (across) and "
        "in the set (upwards). Good sets follow the dashed line; cells on the floor are motifs that were lost, cells "
        "along the left edge motifs that real people do not have.",
        tuple(panels),
        details="The region is cut into windows; every combination seen in one is a motif. The darker a cell, the more "
        "motifs it holds, each shade several times the paler one. r is Pearson's correlation; the slope should be 1.",
    )
