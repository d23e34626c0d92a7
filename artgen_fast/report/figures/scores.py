"""Every score of every set on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artgen_fast.metrics.uncertainty.intervals import Interval
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import row_labels
from artgen_fast.report.shown_sets import ShownSet


@dataclass(frozen=True, slots=True)
class ScoreName:
    """A field of `Scores`, and what it is called where there is room and where there is little."""

    field: str
    full: str
    short: str

    def of(self, shown: ShownSet) -> float:
        """The set's score; NaN where it is not defined."""
        return float(getattr(shown.results.scores, self.field))

    def interval_of(self, shown: ShownSet) -> Interval:
        """Its interval; ends are NaN where there is none."""
        interval: Interval = getattr(shown.results.scores, f"{self.field}_interval")
        return interval


SCORES = (
    ScoreName("allele_frequencies", "allele frequencies, rare", "rare\nalleles"),
    ScoreName("ld", "linkage disequilibrium", "LD"),
    ScoreName("three_point", "three-point correlation", "3-point"),
    ScoreName("pairwise_distances", "pairwise distances", "pairwise\ndistances"),
    ScoreName("overfitting", "no overfitting, mean of the halves", "not overfit:\nmean"),
    ScoreName("overfitting_truth", "no overfitting, real rows", "not overfit:\nreal rows"),
    ScoreName("overfitting_syn", "no overfitting, set's rows", "not overfit:\nset's rows"),
    ScoreName("underfitting", "no underfitting, mean of the halves", "not underfit:\nmean"),
    ScoreName("underfitting_truth", "no underfitting, real rows", "not underfit:\nreal rows"),
    ScoreName("underfitting_syn", "no underfitting, set's rows", "not underfit:\nset's rows"),
)


def known_scores(sets: Sequence[ShownSet]) -> list[ScoreName]:
    """Scores that at least one set has a number for."""
    return [score for score in SCORES if any(np.isfinite(score.of(each)) for each in sets)]


def scores(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the scores as points in rows, where lengths can be compared."""
    rows = known_scores(sets)
    if not rows:
        return None
    with drawing(panel_width(1), 40 + (9 + 6 * len(sets)) * len(rows)) as drawn:
        axes = drawn.axes
        lowest = 0.0
        for row, score in enumerate(rows):
            if row % 2 == 0:
                axes.axhspan(row - 0.5, row + 0.5, color=palette.GRID, alpha=0.45, linewidth=0)
            for place, each in enumerate(sets):
                value = score.of(each)
                if np.isfinite(value):
                    lowest = min(lowest, value)
                    offset = 0.8 * ((place + 0.5) / len(sets) - 0.5)
                    interval = score.interval_of(each)
                    axes.plot([interval.low, interval.high], [row + offset] * 2, color=each.style.colour, linewidth=1.2)
                    axes.plot(value, row + offset, each.style.marker, color=each.style.colour, markersize=6)
        row_labels(axes, [score.full for score in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(lowest - 0.03, 1.03)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel("score (1 is best)")
    return Figure(
        "scores",
        "All scores",
        "The scores of Yelmen et al. 2023, from 0 to 1, with 95 % intervals. Best is on the right"
        + ("; the unseen people show how high real data gets." if any(each.is_holdout for each in sets) else "."),
        (Panel(drawn),),
        legend=tuple(sets),
        details="Overfitting (rows too near to the other set) and underfitting (rows too far from it) are given for "
        "AA_TS, as in that paper, and for its two halves, whose mean can hide a failure.",
    )
