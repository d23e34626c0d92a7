"""Distributions of the distances between haplotypes."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits, steps
from artgen_fast.report.numbers import number
from artgen_fast.report.shown_sets import ShownSet, having


def pairwise_distances(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the distances within the real set, within each set and between the two."""
    compared = having(sets, lambda each: each.pairwise_distances)
    if not compared:
        return None
    ends = [end for _, distances in compared for end in distances.edges[[0, -1]]]
    panels = []
    for each, distances in compared:
        with drawing(panel_width(len(compared)), 170) as drawn:
            axes = drawn.axes
            steps(axes, distances.within_real.counts, distances.edges, fill=True, color=palette.REAL, alpha=0.8)
            steps(axes, distances.between.counts, distances.edges, color=palette.INK, linewidth=0.9, linestyle=":")
            steps(axes, distances.within_synthetic.counts, distances.edges, color=each.style.colour, linewidth=1.6)
            axes.set_xlim(limits(ends, margin=0.02))
            axes.set_ylim(bottom=0)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
            axes.locator_params(axis="x", nbins=drawn.ticks)
            axes.set_xlabel("sites that differ")
        panels.append(Panel(drawn, each, f"score {number(distances.score)}"))
    return Figure(
        "pairwise-distances",
        "Distances between haplotypes",
        "How many sites differ between two haplotypes: within the real rows (grey), within the set (coloured), and "
        "between the two (dotted). The three should lie over each other.",
        tuple(panels),
        details="A coloured curve to the left is too little diversity; one narrow peak means that structure was lost.",
    )
