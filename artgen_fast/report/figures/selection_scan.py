"""Scores of a selection scan in every set against those in the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width, square_height
from artgen_fast.report.figures.marks import limits, specks
from artgen_fast.report.numbers import interval, number
from artgen_fast.report.shown_sets import ShownSet, having


def selection_scan(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw each site by its score in the real rows and in the set, one panel a set."""
    compared = [(each, found) for each, found in having(sets, lambda each: each.selection_scan) if found.n_sites]
    if not compared:
        return None
    ends = limits(np.concatenate([scores for _, found in compared for scores in (found.real_score,
                                                                                 found.synthetic_score)]))  # fmt: skip
    panels = []
    width = panel_width(len(compared))
    for each, found in compared:
        both = np.isfinite(found.real_score) & np.isfinite(found.synthetic_score)
        with drawing(width, square_height(width)) as drawn:
            axes = drawn.axes
            specks(axes, found.real_score[both], found.synthetic_score[both], each.style.colour, 2.2)
            if ends is not None:
                axes.plot(ends, ends, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
                axes.set_xlim(ends)
                axes.set_ylim(ends)
            axes.locator_params(nbins=drawn.ticks)
            axes.grid(visible=True)
            axes.set_xlabel("score, real")
            axes.set_ylabel("score, this set")
        panels.append(
            Panel(drawn, each, f"r = {number(found.correlation)} {interval(found.correlation_interval)}".rstrip())
        )
    return Figure(
        "selection-scan",
        "Selection scan",
        "Common sites by their score in a scan for recent selection (iHS), in the real rows (across) and in the set "
        "(upwards). A set that serves for such scans follows the dashed line as closely as unseen people do.",
        tuple(panels),
        details="The unstandardised iHS is the logarithm of how far the carriers of ALT stay alike over how far those "
        "of REF do: far from 0 is what such scans look for.",
    )
