"""Whether synthetic rows know the training people."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import limits, row_labels
from artgen_fast.report.shown_sets import ShownSet, having


def nearest_training(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw the share of rows nearest to a training row; none without a hold-out."""
    rows = having(sets, lambda each: each.nearest_training)
    if not rows:
        return None
    with drawing(panel_width(1), 62 + 30 * len(rows)) as drawn:
        axes = drawn.axes
        shown = [rows[0][1].chance - 0.1, rows[0][1].chance + 0.1]
        for row, (each, nearest) in enumerate(rows):
            chance = nearest.exchangeable
            shown += [nearest.share, chance.low, chance.high]
            axes.barh(row, chance.high - chance.low, left=chance.low, height=0.62, color=palette.REAL, alpha=0.7)
            axes.vlines(nearest.chance, row - 0.31, row + 0.31, color=palette.INK, linewidth=0.8)
            axes.plot(nearest.share, row, each.style.marker, color=each.style.colour, markersize=7)
        row_labels(axes, [each.short for each, _ in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(limits(shown))
        axes.set_xlabel("share of synthetic rows nearest to a training row")
    return Figure(
        "nearest-training",
        "Do synthetic rows know the training people?",
        "The share of the set's rows whose nearest real row is a training row, not an unseen person's. A point far to "
        "the right of its grey bar is a leak.",
        (Panel(drawn),),
        details="Of equally near rows one is drawn. The line in the bar is what chance gives, and the bar where 95 % "
        "of random splits of the people would put the point. It is called a leak at p < 0.01 over all such tests.",
    )
