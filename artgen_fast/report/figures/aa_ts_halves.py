"""The two halves of AA_TS of every set."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import WIDE, drawing, whisker
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.shown_sets import ShownSet


def aa_ts_halves(sets: Sequence[ShownSet]) -> Figure:
    """Draw both half-tie halves with their intervals, and what counts as the same."""
    with drawing(WIDE, 62 + 46 * len(sets)) as panel:
        axes = panel.axes
        reference = next((each.results.verdict.reference for each in sets if each.results.verdict is not None), None)
        if reference is not None:
            low = min(reference.truth_interval.low, reference.syn_interval.low)
            high = max(reference.truth_interval.high, reference.syn_interval.high)
            axes.axvspan(low, high, color=palette.REAL, alpha=0.45, linewidth=0)
        axes.axvline(0.5, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        for row, each in enumerate(sets):
            aa, style = each.results.aa_ts, each.style
            for offset, half, value, ends in (
                (-0.17, "real", aa.truth_half_tie, aa.truth_half_tie_interval),
                (0.17, "synthetic", aa.syn_half_tie, aa.syn_half_tie_interval),
            ):
                filled = half == "real"
                whisker(axes, value, ends.low, ends.high, row + offset, style.colour)
                axes.plot(
                    value, row + offset, style.marker, color=style.colour, markersize=6.5,
                    markerfacecolor=style.colour if filled else palette.PAPER, markeredgewidth=1.4,
                )  # fmt: skip
                left = value > 0.5
                axes.annotate(
                    "real rows (AA_truth)" if filled else "its own rows (AA_syn)", (value, row + offset),
                    xytext=(-9 if left else 9, 0), textcoords="offset points", va="center",
                    ha="right" if left else "left", fontsize=7.5, color=palette.MUTED,
                )  # fmt: skip
        axes.set_yticks(range(len(sets)), [each.short for each in sets])
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(len(sets) - 0.45, -0.55)
        axes.set_xlabel("share of rows nearer to their own set than to the other")
    return Figure(
        "aa-ts-halves",
        "Can the sets be told apart?",
        "Each point is the share of rows whose nearest neighbour is in their own set (ties count ½), with its 95 % "
        "interval; a set that nobody can tell from real people has both points in the grey band around ½. Points to "
        "the right keep to themselves; points to the left hug the other set; one on each side is a failure that "
        "their mean would hide.",
        (Panel("", panel.svg),),
    )
