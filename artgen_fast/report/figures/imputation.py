"""Accuracy of imputation by frequency, from real, mixed and synthetic reference panels."""

from __future__ import annotations

from collections.abc import Sequence

from artgen_fast.metrics.imputation import Imputation, ImputedSites
from artgen_fast.report import palette
from artgen_fast.report.figures.drawing import drawing
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.layout import panel_width
from artgen_fast.report.figures.marks import row_labels, whisker
from artgen_fast.report.numbers import count, number, percent
from artgen_fast.report.shown_sets import ShownSet, having

_MIXED, _SYNTHETIC = -0.2, 0.18
"""Where in a class' row the two are."""


def imputation(sets: Sequence[ShownSet]) -> Figure | None:
    """Draw r² of imputed alleles by frequency class, one panel a set."""
    compared = having(sets, lambda each: each.imputation)
    if not compared:
        return None
    shown = [place for place, each in enumerate(compared[0][1].classes) if each.rarer_alleles]
    width = panel_width(len(compared))
    panels = [_panel(each, found, [found.classes[place] for place in shown], width) for each, found in compared]
    about = compared[0][1]
    return Figure(
        "imputation",
        "Imputation of unseen people's alleles",
        "How well hidden alleles of unseen people are imputed from training rows (bars) and from rows of the set "
        "(filled): r² with the true alleles, by the frequency of the rarer one. A good set comes near the bars.",
        tuple(panels),
        details=f"{percent(about.hidden_sites / (about.hidden_sites + about.observed_sites))} of the sites were "
        f"hidden in {count(about.haplotypes)} haplotypes of unseen people, and each hidden allele copied from the "
        f"{about.copied_rows} reference rows that are alike over the longest stretch around it. Dark strokes are from "
        "half of the training rows, hollow points from that half and as many rows of the set: a set that adds "
        "something lies right of the stroke there. Lines are 95 % intervals. At the rarest alleles a few people "
        "decide.",
    )


def _panel(each: ShownSet, found: Imputation, classes: Sequence[ImputedSites], width: int) -> Panel:
    colour = each.style.colour
    with drawing(width, 54 + 26 * len(classes)) as drawn:
        axes = drawn.axes
        for row, sites in enumerate(classes):
            axes.barh(row, sites.real.r2, height=0.8, color=palette.REAL, alpha=0.7)
            axes.vlines(sites.half_real.r2, row - 0.4, row + 0.4, color=palette.HOLDOUT, linewidth=1.1)
            for accuracy, place, face in (
                (sites.mixed, row + _MIXED, palette.PAPER),
                (sites.synthetic, row + _SYNTHETIC, colour),
            ):
                whisker(
                    axes, accuracy.r2, max(0.0, accuracy.r2_interval.low), min(1.0, accuracy.r2_interval.high), place,
                    colour,
                )  # fmt: skip
                axes.plot(
                    [accuracy.r2], [place], each.style.marker, markersize=4.5, markeredgecolor=colour,
                    markerfacecolor=face, markeredgewidth=1,
                )  # fmt: skip
        row_labels(axes, [sites.name for sites in classes])
        axes.set_ylim(len(classes) - 0.4, -0.6)
        axes.set_xlim(-0.03, 1.03)
        axes.locator_params(axis="x", nbins=drawn.ticks)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel("r² with the true alleles")
    return Panel(drawn, each, f"common {number(found.common.synthetic.r2)}, real {number(found.common.real.r2)}")
