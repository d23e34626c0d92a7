"""Lengths of runs of linked sites, of every set and of the real rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import SMALL, panel_width
from artgen_fast.report.figures.marks import row_labels
from artgen_fast.report.numbers import base_pairs, interval, number, percent
from artgen_fast.report.shown_sets import ShownSet, having

_HEIGHT = 0.7
"""Of the highest histogram, where thresholds are 1 apart; the rest is for the numbers above it."""


def ld_runs(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw how many runs have which length in base pairs: one panel a set, one histogram a threshold."""
    compared = having(sets, lambda each: each.ld_runs)
    if not compared:
        return None
    runs = compared[0][1]
    counts = np.array(
        [
            [[each.real.by_base_pairs, each.synthetic.by_base_pairs] for each in found.thresholds]
            for _, found in compared
        ]
    )
    highest = np.maximum(counts.max(axis=(0, 2, 3)), 1)
    # The first bin is of sites at one position.
    edges = np.maximum(runs.base_pair_edges, 0.5)
    filled = np.flatnonzero(counts.any(axis=(0, 1, 2)))
    panels = []
    for (each, found), of_set in zip(compared, counts, strict=True):
        with drawing(panel_width(len(compared)), 56 + 48 * len(found.thresholds)) as drawn:
            axes = drawn.axes
            for row, (lengths, (real, synthetic)) in enumerate(zip(found.thresholds, of_set, strict=True)):
                scale = -_HEIGHT / highest[row]
                axes.stairs(row + scale * real, edges, baseline=row, fill=True, color=palette.REAL, alpha=0.8)
                axes.stairs(row + scale * synthetic, edges, baseline=row, color=each.style.colour, linewidth=1.6)
                if np.isfinite(lengths.base_pairs_ratio):
                    ratio = f"× {number(lengths.base_pairs_ratio)} {interval(lengths.base_pairs_ratio_interval)}"
                    axes.text(
                        1, row - 0.84, ratio.rstrip(), transform=axes.get_yaxis_transform(), ha="right", va="center",
                        fontsize=SMALL, color=each.style.colour,
                    )  # fmt: skip
            axes.set_xscale("log")
            if len(filled):
                axes.set_xlim(edges[filled[0]] / 1.3, edges[filled[-1] + 1] * 1.3)
            axes.set_ylim(len(found.thresholds) - 0.95, -1)
            axes.xaxis.set_major_formatter(lambda value, _: base_pairs(value))
            axes.minorticks_off()
            axes.locator_params(axis="x", numticks=drawn.ticks)
            axes.spines["left"].set_visible(False)
            row_labels(axes, [f"r² ≥ {number(lengths.threshold, 1)}" for lengths in found.thresholds])
            axes.set_xlabel("length of a run")
        panels.append(Panel(drawn, each))
    return Figure(
        "ld-runs",
        "Runs of linked sites",
        "How many runs of linked neighbouring sites have which length: in the real rows (grey) and in the set "
        "(coloured). Colour left of the grey means that linkage is broken up, right of it that stretches were copied "
        "whole.",
        tuple(panels),
        details="Of a run each site is linked to the next by at least the r² at the left; sites are those whose "
        f"rarer real allele has a frequency of at least {percent(runs.least_minor_frequency)}. Beside × is the mean "
        "length of the set's runs over that of the real ones.",
    )
