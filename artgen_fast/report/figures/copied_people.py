"""People who have a haplotype among the rows of each set: training people beside as many unseen ones."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.metrics.copies import Copies
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import SMALL, panel_width
from artgen_fast.report.figures.marks import row_labels
from artgen_fast.report.numbers import count
from artgen_fast.report.shown_sets import ShownSet, having

_OFFSET, _HEIGHT = 0.2, 0.36
"""Of the two bars of a set, where sets are 1 apart."""

_ROOM = 1.4
"""Length of the axis, in longest bars: the rest is for the numbers beside them."""


def copied_people(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw two bars a set, and where random splits of the same people would put the first; none without a hold-out."""
    compared = having(sets, lambda each: each.copies)
    if not compared:
        return None
    longest = max(
        1.0, *(max(found.training_persons_copied, _as_many(found), found.exchangeable.high) for _, found in compared)
    )
    with drawing(panel_width(1), 50 + 42 * len(compared)) as drawn:
        axes = drawn.axes
        for row, (each, found) in enumerate(compared):
            above, below, chance = row - _OFFSET, row + _OFFSET, found.exchangeable
            axes.barh(
                above, chance.high - chance.low, left=chance.low, height=1.3 * _HEIGHT, color=palette.REAL, alpha=0.7
            )
            axes.barh(above, found.training_persons_copied, height=0.7 * _HEIGHT, color=each.style.colour, alpha=0.85)
            axes.barh(below, _as_many(found), height=0.7 * _HEIGHT, color=palette.HOLDOUT, alpha=0.45)
            for y, length, copied, persons, who in (
                (above, max(found.training_persons_copied, chance.high), found.training_persons_copied,
                 found.training_persons, "training"),
                (below, _as_many(found), found.holdout_persons_copied, found.holdout_persons, "unseen"),
            ):  # fmt: skip
                axes.text(
                    length + 0.02 * longest, y, f"{count(copied)} of {count(persons)} {who}", va="center",
                    fontsize=SMALL, color=palette.INK,
                )  # fmt: skip
        row_labels(axes, [each.short for each, _ in compared])
        axes.set_ylim(len(compared) - 0.45, -0.55)
        axes.set_xlim(0, _ROOM * longest)
        axes.locator_params(axis="x", nbins=drawn.ticks, integer=True)
        axes.set_xlabel("people with a haplotype among the rows")
    return Figure(
        "copied-people",
        "Whose haplotypes are in the sets?",
        "People of whom a whole haplotype is among the rows, unchanged: training people (coloured) and, below them, "
        "as many unseen ones. A coloured bar that ends far to the right of the grey area means that training people "
        "were copied.",
        (Panel(drawn),),
        details="The grey area is where at least 95 % of random splits of the same people into training and unseen "
        "ones would put the end of the coloured bar. In short regions unrelated people share whole haplotypes. All "
        "rows are looked at.",
    )


def _as_many(found: Copies) -> float:
    """Copied unseen persons, were there as many of them as training persons."""
    return found.holdout_persons_copied * found.training_persons / found.holdout_persons
