"""The two halves of AA_TS of every set."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import WIDE, drawing, whisker
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.shown_sets import ShownSet

_OFFSET = 0.19


def aa_ts_halves(sets: Sequence[ShownSet]) -> Figure:
    """Draw both half-tie halves with their intervals, over what counts as the same as the reference."""
    references = [each.results.verdict.reference for each in sets if each.results.verdict is not None]
    with drawing(WIDE, 74 + 46 * len(sets)) as panel:
        axes = panel.axes
        axes.axvline(0.5, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        for row, each in enumerate(sets):
            aa, style, verdict = each.results.aa_ts, each.style, each.results.verdict
            reference = references[0] if verdict is None else verdict.reference
            for offset, value, ends, accepted, filled, name in (
                (-_OFFSET, aa.truth_half_tie, aa.truth_half_tie_interval, reference.truth_interval, True,
                 "AA_truth: real rows"),
                (_OFFSET, aa.syn_half_tie, aa.syn_half_tie_interval, reference.syn_interval, False,
                 "AA_syn: the set's own rows"),
            ):  # fmt: skip
                y = row + offset
                axes.barh(y, accepted.high - accepted.low, left=accepted.low, height=2 * _OFFSET, color=palette.REAL,
                          alpha=0.55)  # fmt: skip
                whisker(axes, value, ends.low, ends.high, y, style.colour)
                axes.plot(
                    value, y, style.marker, color=style.colour, markersize=6.5, markeredgewidth=1.4,
                    markerfacecolor=style.colour if filled else palette.PAPER,
                )  # fmt: skip
                if row == 0:
                    left = value > 0.6
                    axes.annotate(
                        name, (min(value, accepted.low) if left else max(value, accepted.high), y),
                        xytext=(-10 if left else 10, 0), textcoords="offset points", va="center",
                        ha="right" if left else "left", fontsize=8, color=palette.MUTED,
                    )  # fmt: skip
        for x, align, text in ((0, "left", "← hugs the other set"), (1, "right", "keeps to itself →")):
            axes.annotate(text, (x, 1), xycoords="axes fraction", ha=align, va="bottom", fontsize=8,
                          color=palette.MUTED)  # fmt: skip
        axes.set_yticks(range(len(sets)), [each.short for each in sets])
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(len(sets) - 0.45, -0.55)
        axes.set_xlabel("share of rows nearer to their own set than to the other")
    return Figure(
        "aa-ts-halves",
        "Can the sets be told apart?",
        "Each point is the share of rows whose nearest neighbour is in their own set (ties count ½), with its 95 % "
        "interval: filled for the real rows, hollow for the set's own. Where nobody can tell a set from real people, "
        "both lie in their grey band around ½. One point on each side is a failure that their mean would hide.",
        (Panel("", panel.svg),),
    )
