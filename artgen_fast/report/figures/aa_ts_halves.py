"""The two halves of AA_TS of every set."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import SMALL, panel_width
from artgen_fast.report.figures.marks import row_labels, whisker
from artgen_fast.report.shown_sets import ShownSet, having

_OFFSET = 0.19


def aa_ts_halves(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw both half-tie halves as bars from ½, over what counts as the same as the reference, and their mean."""
    compared = having(sets, lambda each: each.aa_ts)
    verdicts = [verdict for _, verdict in having(sets, lambda each: each.verdict)]
    if not compared:
        return None
    with drawing(panel_width(1), 88 + 46 * len(compared)) as drawn:
        axes = drawn.axes
        for row, (each, aa) in enumerate(compared):
            style, verdict = each.style, each.results.verdict or next(iter(verdicts), None)
            reference = None if verdict is None else verdict.reference
            for offset, value, ends, accepted, filled in (
                (-_OFFSET, aa.truth_half_tie, aa.truth_half_tie_interval,
                 None if reference is None else reference.truth_interval, True),
                (_OFFSET, aa.syn_half_tie, aa.syn_half_tie_interval,
                 None if reference is None else reference.syn_interval, False),
            ):  # fmt: skip
                y = row + offset
                if accepted is not None:
                    axes.barh(y, accepted.high - accepted.low, left=accepted.low, height=2 * _OFFSET,
                              color=palette.REAL, alpha=0.55)  # fmt: skip
                axes.barh(y, value - 0.5, left=0.5, height=_OFFSET, color=style.colour, alpha=0.85 if filled else 0.4)
                whisker(axes, value, ends.low, ends.high, y, style.colour)
                axes.plot(
                    value, y, style.marker, color=style.colour, markersize=6.5, markeredgewidth=1.4,
                    markerfacecolor=style.colour if filled else palette.PAPER,
                )  # fmt: skip
            axes.plot([aa.half_tie] * 2, [row - 0.4, row + 0.4], color=palette.INK, linewidth=1.4)
        axes.axvline(0.5, color=palette.INK, linewidth=0.8, linestyle=(0, (4, 3)))
        for x, align, text in ((0, "left", "← hugs the other set"), (1, "right", "keeps to itself →")):
            axes.annotate(text, (x, 1), xycoords="axes fraction", ha=align, va="bottom", fontsize=SMALL,
                          color=palette.MUTED)  # fmt: skip
        key = "● real rows, AA_truth\u2003○ the set's, AA_syn\u2003| mean"
        axes.annotate(key, (0.5, 1), xycoords="axes fraction", xytext=(0, 13), textcoords="offset points", ha="center",
                      va="bottom", fontsize=SMALL, color=palette.MUTED)  # fmt: skip
        row_labels(axes, [each.short for each, _ in compared])
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(len(compared) - 0.45, -0.55)
        axes.set_xlabel("share of rows nearer to their own set than to the other")
    return Figure(
        "aa-ts-halves",
        "Can the sets be told apart?",
        "The share of rows whose nearest neighbour is in their own set: of the real rows (filled) and of the set's own "
        "(hollow). Both bars should end near ½, in the grey band.",
        (Panel(drawn),),
        details="Ties count ½; lines are 95 % intervals. The grey band, if there is one, is what unseen people in the "
        "set's place give, or what sets give that cannot be told apart. The upright stroke is the mean of both, AA_TS: "
        "with one bar on each side it looks good and hides a failure.",
    )
