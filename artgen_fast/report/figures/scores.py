"""Every score of every set on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import WIDE, drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.shown_sets import ShownSet

ROWS = (
    ("allele_frequencies", "allele frequencies, rare"),
    ("ld", "linkage disequilibrium"),
    ("pairwise_distances", "pairwise distances"),
    ("overfitting_truth", "no overfitting, real rows"),
    ("overfitting_syn", "no overfitting, its rows"),
    ("underfitting_truth", "no underfitting, real rows"),
    ("underfitting_syn", "no underfitting, its rows"),
)
"""Score and its name in the figure."""


def scores(sets: Sequence[ShownSet]) -> Figure:
    """Draw the scores as points in rows: lengths are easier to compare than a radar's areas."""
    with drawing(WIDE, 62 + 30 * len(ROWS)) as panel:
        axes = panel.axes
        lowest = 0.0
        for row, (field, _) in enumerate(ROWS):
            axes.axhline(row, color=palette.GRID, linewidth=0.8)
            for place, each in enumerate(sets):
                value = getattr(each.results.scores, field)
                if np.isfinite(value):
                    lowest = min(lowest, value)
                    offset = 0.5 * ((place + 0.5) / len(sets) - 0.5)
                    axes.plot(value, row + offset, each.style.marker, color=each.style.colour, markersize=6)
        axes.set_yticks(range(len(ROWS)), [label for _, label in ROWS])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(ROWS) - 0.45, -0.55)
        axes.set_xlim(lowest - 0.03, 1.03)
        axes.set_xlabel("score (1 is best)")
    return Figure(
        "scores",
        "All scores",
        "The scores of Yelmen et al. 2023 from 0 to 1, best on the right; the unseen people show how high real data "
        "gets. Overfitting (rows too near to the other set) and underfitting (rows too far from it) are given for both "
        "halves of AA_TS, since their mean can hide a failure.",
        (Panel("", panel.svg),),
        legend=True,
    )
