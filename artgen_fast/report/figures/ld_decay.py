"""Decay of linkage disequilibrium with distance, of every set and of the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.numbers import base_pairs, number
from artgen_fast.report.shown_sets import ShownSet, having


def ld_decay(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw mean r² by distance, one panel a set, the same pairs of sites in both lines of a panel."""
    compared = having(sets, lambda each: each.ld_decay)
    if not compared:
        return None
    # A set that varies nowhere has no r² at all: then the axis goes to 1.
    highest = max(np.nanmax([*ld.real, *ld.synthetic, 0.0]) for _, ld in compared) or 1
    panels = []
    for each, ld in compared:
        low, high = np.maximum(ld.edges[:-1], 1), np.maximum(ld.edges[1:], 1)
        middle = np.sqrt(low * high)
        held = np.asarray(ld.pairs) > 0
        with drawing(panel_width(len(compared)), 190) as drawn:
            axes = drawn.axes
            for mean, error, colour, marker, width in (
                (ld.real, ld.real_sem, palette.REAL_DEEP, "", 3.5),
                (ld.synthetic, ld.synthetic_sem, each.style.colour, each.style.marker, 1.4),
            ):
                axes.vlines(middle[held], (mean - error)[held], (mean + error)[held], color=colour, linewidth=1)
                axes.plot(
                    middle[held], mean[held], color=colour, marker=marker or "None", markersize=3.6, linewidth=width
                )
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: base_pairs(value))
            axes.minorticks_off()
            axes.locator_params(axis="x", numticks=drawn.ticks)
            axes.set_ylim(-0.02 * highest, 1.05 * highest)
            axes.grid(visible=True, axis="y")
            axes.set_xlabel("distance between sites")
            axes.set_ylabel("mean r²")
        panels.append(Panel(drawn, each, f"score {number(ld.score)}"))
    return Figure(
        "ld-decay",
        "Linkage disequilibrium",
        "Mean r² between pairs of sites by their distance: in the real rows (thick grey) and in the set (coloured). "
        "Colour below the grey means that the association of neighbouring sites was lost.",
        tuple(panels),
        details="Both lines are over the same pairs; the vertical lines are one standard error. Bins of few pairs "
        "scatter.",
    )
